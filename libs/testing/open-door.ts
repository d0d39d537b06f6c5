import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import type { ServiceName } from '#contracts/apis/routes.js';
import { DoorCaller, DoorsModule, overHttp, ServiceKeys, type Door, type DoorCallerOptions, type MayAsk } from '#libs/doors/index.js';
import { runService, SilentLogger, underVersion1, type RunningService } from '#libs/runtime/index.js';

/** Keys of services in a folder of the test's own. */
export class KeyFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'tou-keys-'));

  of(service: ServiceName): Promise<ServiceKeys> {
    return ServiceKeys.open({ service, keyFile: join(this.path, `${service}.private.json`), publicFolder: join(this.path, 'public') });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A door opened on a port of its own, and its contract asked there over HTTP. */
export interface OpenedDoor<T> {
  readonly client: T;
  readonly url: string;
  readonly service: RunningService;
  /** The contract as another service, or another address, would ask it. */
  asking(from: ServiceName, options?: Partial<DoorCallerOptions>): Promise<T>;
  close(): Promise<void>;
}

const ISSUER = 'http://127.0.0.1:9/oidc'; // nobody signs in here

export const everyQuestion = (door: Door): readonly string[] => Object.keys(door.questions);

/** Opens `door` with `answers` behind it; `asker` may ask every question there unless `mayAsk` says otherwise. */
export const openDoor = async <T extends object>(
  door: Door<T>, answers: T, { keys, asker = 'bundling', mayAsk = { [asker]: { [door.name]: everyQuestion(door) } } }: { readonly keys: KeyFolder; readonly asker?: ServiceName; readonly mayAsk?: MayAsk },
): Promise<OpenedDoor<T>> => {
  @Module({
    imports: [
      { module: class Behind {}, global: true, providers: [{ provide: door.contract, useValue: answers }], exports: [door.contract] },
      DoorsModule.open([door], { service: door.service, keys: await keys.of(door.service), mayAsk }),
    ],
  })
  class DoorApp {}
  const service = await runService(DoorApp, { auth: { issuer: ISSUER, audience: 'tell-us-once' }, logger: new SilentLogger(), port: 0, host: '127.0.0.1', configure: underVersion1 });
  const url = service.url.replace('localhost', '127.0.0.1');
  const asking = async (from: ServiceName, options: Partial<DoorCallerOptions> = {}): Promise<T> =>
    overHttp(door, new DoorCaller({ from, keys: await keys.of(from), addressesOf: () => [url], ...options }));
  return { client: await asking(asker), url, service, asking, close: () => service.stop() };
};
