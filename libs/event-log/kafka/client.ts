import { connect as connectTcp } from 'node:net';
import { Kafka, logLevel, type Admin, type ISocketFactory } from 'kafkajs';

/** What the client library has to say, without its words: they may quote anything. */
export interface ClientLine {
  readonly level: 'warn' | 'debug';
  /** Which part of the library: Connection, Runner … */
  readonly context: string;
}

export interface KafkaOptions {
  /** host:port of one broker or more; the others are learnt from it. */
  readonly brokers: readonly string[];
  readonly onClientLine?: ((line: ClientLine) => void) | undefined;
  /** How a connection is made; plain TCP when absent. */
  readonly socketFactory?: ISocketFactory | undefined;
}

/** The same everywhere: the library would choose others by NODE_ENV. */
const RETRY = { initialRetryTime: 100, maxRetryTime: 2000, factor: 0.2, multiplier: 2, retries: 6 };

const plain: ISocketFactory = ({ host, port, onConnect }) => {
  const socket = connectTcp({ host, port }, onConnect);
  return socket.setKeepAlive(true, 10_000).setNoDelay(true);
};

export const openKafka = ({ brokers, onClientLine, socketFactory = plain }: KafkaOptions): Kafka =>
  new Kafka({
    brokers: [...brokers], clientId: 'tell-us-once', connectionTimeout: 3000, requestTimeout: 15_000, retry: RETRY, socketFactory,
    logLevel: logLevel.INFO,
    logCreator: () => ({ namespace, level }) => onClientLine?.({ level: level <= logLevel.WARN ? 'warn' : 'debug', context: namespace }),
  });

/** Asks the broker something on a connection of its own, which a restart of the broker cannot have spoilt. */
export const asAdmin = async <T>(kafka: Kafka, ask: (admin: Admin) => Promise<T>): Promise<T> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await ask(admin);
  } finally {
    await admin.disconnect();
  }
};
