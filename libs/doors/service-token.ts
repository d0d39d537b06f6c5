import { createHash, randomUUID } from 'node:crypto';
import { decodeJwt, jwtVerify, SignJWT } from 'jose';
import type { ServiceName } from '#contracts/apis/routes.js';
import type { ServiceKeys } from './service-keys.js';

/** One question at one door, as its token is bound to it. */
export interface Asked {
  readonly door: string;
  readonly question: string;
  readonly body: string | Buffer;
}

/** Seconds a token is good for: it is made for one request that follows at once. */
const GOOD_FOR = 30;
/** Seconds by which two machines' clocks may differ. */
const SKEW = 5;
const TYPE = 'service+jwt';
/** Tokens remembered as used; more in the life of one would be 2,000 questions a second. */
const MOST_USED = 100_000;

const digestOf = (body: string | Buffer): string => createHash('sha256').update(body).digest('base64url');

/** Signs a token for one question: who asks, whom, what, with which body, and never twice. */
export const signAsked = (keys: ServiceKeys, { from, to }: { readonly from: ServiceName; readonly to: ServiceName }, { door, question, body }: Asked): Promise<string> =>
  new SignJWT({ ask: `${door}/${question}`, body: digestOf(body) })
    .setProtectedHeader({ alg: 'EdDSA', typ: TYPE, kid: keys.kid }).setIssuer(from).setAudience(to).setIssuedAt().setExpirationTime(`${GOOD_FOR}s`).setJti(randomUUID())
    .sign(keys.secret);

/** Decides who asks at this service's doors. */
export class TokenReader {
  /** Ids of tokens seen, with the second until which they could be shown again; oldest first. */
  private readonly used = new Map<string, number>();

  constructor(private readonly keys: Pick<ServiceKeys, 'find'>, private readonly service: ServiceName, private readonly now: () => number = Date.now) {}

  /** The service that signed this token for exactly this question, shown for the first time; undefined for any other token. */
  async read(token: string, { door, question, body }: Asked): Promise<string | undefined> {
    try {
      const { iss } = decodeJwt(token);
      const { payload } = await jwtVerify(token, ({ kid, typ }) => {
        const key = typ === TYPE && kid !== undefined && iss !== undefined ? this.keys.find(iss, kid) : undefined;
        if (!key) throw new Error('nobody we know');
        return key;
      }, { algorithms: ['EdDSA'], audience: this.service, requiredClaims: ['iss', 'exp', 'iat', 'jti'], maxTokenAge: 60, clockTolerance: SKEW, currentDate: new Date(this.now()) });
      if (payload.exp! - payload.iat! > 60 || payload['ask'] !== `${door}/${question}` || payload['body'] !== digestOf(body)) return undefined;
      return this.isFirst(payload.jti!, payload.exp!) ? payload.iss : undefined;
    } catch {
      return undefined;
    }
  }

  private isFirst(jti: string, exp: number): boolean {
    const now = this.now() / 1000;
    for (const [id, until] of this.used) {
      if (until > now && this.used.size < MOST_USED) break;
      this.used.delete(id);
    }
    if (this.used.has(jti)) return false;
    this.used.set(jti, exp + SKEW);
    return true;
  }
}
