export { Breaker, type BreakerOptions, type BreakerState } from './breaker.js';
export { FileTransport, type FileTransportOptions } from './file/file-transport.js';
export { HttpTransport, type HttpTransportOptions } from './http/http-transport.js';
export { TopicTransport, type TopicTransportOptions } from './kafka/topic-transport.js';
export { outcomesTopic, requestsTopic } from './kafka/topics.js';
export { Lane, LaneClosed, Lanes, type LaneOptions } from './lane.js';
export { ExchangeKeys } from './messages/exchange-keys.js';
export { Outgoing, type Batch, type Parcel } from './messages/outgoing.js';
export { backOff, readRetryAfter, type BackOffOptions } from './retry.js';
export {
  Transport, wasReceived, type AgencyAnswer, type AgencyDelivery, type Attempt, type Inbox, type Outcome, type Question, type Received, type Unreadable, type UnreadableReason,
} from './transport.js';
