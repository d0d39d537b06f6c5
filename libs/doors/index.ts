export * from './door.js';
export { DoorAway, DoorCaller, overHttp, type DoorCallerOptions } from './door-caller.js';
export { DoorKeeper, type DoorKeeperOptions, type MayAsk, type OpenDoor } from './door-keeper.js';
export { AT_DOOR, DoorController, DoorsModule } from './door.controller.js';
export { DOOR_TYPE, LONGEST_BODY } from './door-words.js';
export { Replicas } from './replicas.js';
export { ServiceKeys, type ServiceKeysOptions } from './service-keys.js';
export { signAsked, TokenReader, type Asked } from './service-token.js';
