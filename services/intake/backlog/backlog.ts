import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Clock, DomainError, type FieldFault, type Instant } from '#libs/kernel/index.js';
import { parseJson, refusal, StrictValidationPipe } from '#libs/runtime/index.js';
import type { Accepted } from '../domain/accept.js';
import { faultsOf } from '../domain/check-birth.js';
import { Reports } from '../report.js';
import { AcceptNotification } from '../use-cases/accept-notification.js';
import { RegistryEvent } from './registry-event.dto.js';

/** Where a line is wrong (RFC 6901, into the line) and how; never what stands there. */
export type Reason = Pick<FieldFault, 'pointer' | 'code'>;
/** `known`: told before, under this number or another of the same registry; nothing was added. */
export type Taken = { readonly kind: 'accepted' | 'known' } | { readonly kind: 'rejected'; readonly reasons: readonly Reason[] };

/**
 * A registry tells the births it recorded, in lists, through the same accept as everybody. It is party to each case as an agent
 * beside the parent is: what the parents decided it passes on as assisted, and a birth a parent told already is compared by a reviewer.
 */
@Injectable()
export class Backlog {
  private readonly rules = new StrictValidationPipe();

  constructor(private readonly bus: CommandBus, private readonly clock: Clock, private readonly reports: Reports) {}

  /** Lines of NDJSON, each answered in its place once all that are good are stored. Throws when the system, not a line, is at fault. */
  take(registry: string, lines: readonly string[]): Promise<readonly Taken[]> {
    const now = this.clock.now();
    return Promise.all(lines.map(async (line): Promise<Taken> => {
      try {
        return await this.tell(`registry|${registry}`, await this.read(line, now), now);
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        return { kind: 'rejected', reasons: error.faults.length > 0 ? error.faults.map(({ pointer, code }) => ({ pointer, code })) : [{ pointer: '', code: error.code }] };
      }
    }));
  }

  private async read(line: string, now: Instant): Promise<RegistryEvent> {
    const event = (await this.rules.transform(parseJson(line), { type: 'body', metatype: RegistryEvent })) as RegistryEvent;
    const faults = faultsOf(event.notification, now);
    if (faults.length > 0) throw refusal('request.invalid', faults.map((f) => ({ ...f, pointer: `/notification${f.pointer}` })));
    return event;
  }

  /** A registry's name holds no issuer's address, so that nobody's sign-in is ever taken for it. */
  private async tell(subject: string, { registryEvent, notification }: RegistryEvent, now: Instant): Promise<Taken> {
    const report = this.reports.of(notification, { subject, agent: true, claims: {} }, registryEvent, now);
    const { caseId } = await this.bus.execute<AcceptNotification, Accepted>(new AcceptNotification(report, {}));
    return { kind: caseId === report.caseId ? 'accepted' : 'known' };
  }
}
