import type { MessageEvent } from '@nestjs/common';
import { Observable } from 'rxjs';
import type { Standing } from '#contracts/apis/cases.js';
import { History } from '#libs/event-log/index.js';
import { isSettled, tell, type CaseStory } from '../domain/case-story.js';
import { targetDto } from './case-view.js';

const HEARTBEAT_MS = 15_000;
/** Reads at most this often, however often the log rings. */
const BREATH_MS = 50;

/**
 * The changes of a case after number `last`, as they are committed. Each message's id is the number of the event it ends with,
 * so a reader that comes back with it misses nothing and sees nothing twice.
 */
export const follow = (history: History, standing: Standing, last: number): Observable<MessageEvent> =>
  new Observable((subscriber) => {
    let story: CaseStory | undefined;
    let reading = false;
    let again = false;

    const read = async (): Promise<void> => {
      const from = story;
      const events = await history.of(standing.caseId, from?.seq ?? 0);
      if (events.length === 0 && from) return;
      const before = from ?? tell(events.filter((e) => e.seq <= last));
      const next = tell(events.filter((e) => e.seq > before.seq), before);
      story = next;
      if (next.seq <= last) return;
      const changed = [...next.targets.values()].filter((t) => before.targets.get(t.target) !== t);
      if (changed.length === 0 && next.status === before.status && from) return;
      subscriber.next({
        id: String(next.seq), type: 'case',
        data: { reference: standing.reference, status: next.status, settled: isSettled(next), changedAt: new Date(next.changedAt).toISOString(), targets: changed.map((t) => targetDto(t, standing)) },
      });
    };
    const poke = (): void => {
      again = true;
      if (reading || subscriber.closed) return;
      reading = true;
      void (async () => {
        while (again && !subscriber.closed) {
          again = false;
          try {
            await read();
          } catch {
            subscriber.complete(); // the reader comes back with its last id
            return;
          }
          await new Promise((r) => setTimeout(r, BREATH_MS));
        }
        reading = false;
      })();
    };
    const stop = history.onChange(poke);
    const timer = setInterval(() => {
      subscriber.next({ type: 'heartbeat', id: String(Math.max(story?.seq ?? 0, last)), data: {} });
      poke();
    }, HEARTBEAT_MS);
    poke();
    return () => {
      stop();
      clearInterval(timer);
    };
  });
