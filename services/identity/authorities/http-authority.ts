import type { Clock } from '#libs/kernel/index.js';
import { currentTrace } from '#libs/tracing/index.js';
import { readRetryAfter } from '#libs/transports/index.js';
import { IdentityAuthority, type IdentityEnquiry, type Reply } from './identity-authority.js';
import { getKindOf } from './registry.js';

/** An answer is a few words; what is longer is not one. Bytes. */
const LONGEST = 16 * 1024;

/** Asks over HTTP: `PUT {url}/authorities/{jurisdiction}/confirmations/{questionId}`, which may be repeated. */
export class HttpAuthority extends IdentityAuthority {
  constructor(private readonly url: string, private readonly clock: Clock) {
    super();
  }

  async confirm(enquiry: IdentityEnquiry, signal: AbortSignal): Promise<Reply> {
    const kind = getKindOf(enquiry.authority);
    const traceparent = currentTrace();
    const response = await fetch(`${this.url}/authorities/${enquiry.authority}/confirmations/${enquiry.questionId}`, {
      method: 'PUT', headers: { 'content-type': 'application/json', accept: 'application/json', ...(traceparent !== undefined && { traceparent }) }, body: JSON.stringify(kind.toRequest(enquiry)), redirect: 'error', signal,
    });
    const reply = kind.toAnswer(response.status, await readJson(response));
    const retryAfterMs = reply.kind === 'unreachable' ? readRetryAfter(response.headers.get('retry-after') ?? undefined, this.clock.now()) : undefined;
    return retryAfterMs === undefined ? reply : { kind: 'unreachable', retryAfterMs };
  }
}

const readJson = async (response: Response): Promise<unknown> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > LONGEST) return undefined; // leaving the loop cancels the rest
    chunks.push(chunk as Uint8Array);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
};
