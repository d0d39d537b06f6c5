import { Injectable, type CanActivate, type ExecutionContext, type Type } from '@nestjs/common';
import { ModuleRef, Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AT_DOOR, DoorKeeper } from '#libs/doors/index.js';
import { refusal } from '../http/refusal.js';
import { DELIVERY_TOKEN, DeliveryTokenGate, MIN_ACR, PUBLIC, ROLES, setPrincipal } from './access.js';
import { UntrustedToken } from './jws.js';
import { KeysUnavailable } from './key-set.js';
import { acrOf, rankOfAcr, type AssuranceLevel, type Principal } from './principal.js';
import { TokenVerifier } from './token-verifier.js';

const OPERATOR = 'operator';

/** What the decorators of a route, and of its controller where the route says nothing, ask of who calls it. */
interface Asked {
  readonly by: 'nobody' | 'delivery' | 'door' | 'person';
  readonly roles: readonly string[] | undefined;
  readonly acr: string;
}
const challenge = (reply: FastifyReply, ...attributes: string[]): void =>
  void reply.header('www-authenticate', ['Bearer realm="tell-us-once"', ...attributes].join(', '));

/** Every route needs a valid bearer token unless its decorators say otherwise: what nobody thought of is refused. */
@Injectable()
export class AccessGuard implements CanActivate {
  /** By controller and handler: decorators do not change, so they are looked for once. */
  private readonly asked = new WeakMap<object, Map<unknown, Asked>>();

  constructor(
    private readonly reflector: Reflector,
    private readonly modules: ModuleRef,
    private readonly verifier: TokenVerifier,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const { by, roles, acr } = this.askedBy(context);

    if (by === 'nobody') return true;
    const token = bearerOf(request, reply);
    if (by === 'delivery') {
      if (await this.gate()?.admits(token, request.params as Record<string, string>)) return true;
      return refuseToken(reply);
    }
    if (by === 'door') return this.admitAtDoor(token, request, reply);
    const principal = await this.identify(token, reply);
    if (!mayEnter(principal, roles)) throw refusal('auth.forbidden');
    if (rankOfAcr(principal.acr) < rankOfAcr(acr)) {
      challenge(reply, 'error="insufficient_user_authentication"', `acr_values="${acr}"`);
      throw refusal('auth.assurance-too-low');
    }
    setPrincipal(request, principal);
    return true;
  }

  private askedBy(context: ExecutionContext): Asked {
    const [handler, controller] = [context.getHandler(), context.getClass()];
    const known = this.asked.get(controller) ?? new Map<unknown, Asked>();
    this.asked.set(controller, known);
    let asked = known.get(handler);
    if (!asked) {
      const told = <T>(key: symbol): T | undefined => this.reflector.getAllAndOverride<T | undefined>(key, [handler, controller]);
      const by = told<boolean>(PUBLIC) ? 'nobody' : told<boolean>(DELIVERY_TOKEN) ? 'delivery' : told<boolean>(AT_DOOR) ? 'door' : 'person';
      known.set(handler, (asked = { by, roles: told<readonly string[]>(ROLES), acr: acrOf(told<AssuranceLevel>(MIN_ACR) ?? 'loa1') }));
    }
    return asked;
  }

  private async identify(token: string, reply: FastifyReply): Promise<Principal> {
    try {
      return await this.verifier.verify(token);
    } catch (error) {
      if (error instanceof UntrustedToken) return refuseToken(reply);
      if (error instanceof KeysUnavailable) throw refusal('service.unavailable');
      throw error;
    }
  }

  private async admitAtDoor(token: string, { params, body }: FastifyRequest, reply: FastifyReply): Promise<boolean> {
    const { door = '', question = '' } = params as { door?: string; question?: string };
    const admitted = Buffer.isBuffer(body) ? await this.find(DoorKeeper)?.admits(token, { door, question, body }) : 'unknown';
    if (admitted === 'yes') return true;
    if (admitted === 'forbidden') throw refusal('auth.forbidden');
    return refuseToken(reply);
  }

  /** Bound by the service that issues such tokens, which this library cannot import. */
  private gate(): DeliveryTokenGate | undefined {
    return this.find(DeliveryTokenGate);
  }

  private find<T>(token: abstract new (...args: never[]) => T): T | undefined {
    try {
      return this.modules.get<T>(token as unknown as Type<T>, { strict: false });
    } catch {
      return undefined;
    }
  }
}

/** An operator sees many cases and so acts only where a route is made for operators. */
const mayEnter = (principal: Principal, roles: readonly string[] | undefined): boolean =>
  roles ? roles.some((role) => principal.roles.includes(role)) : !principal.roles.includes(OPERATOR);

const bearerOf = (request: FastifyRequest, reply: FastifyReply): string => {
  const header = request.headers.authorization;
  if (header === undefined) {
    challenge(reply);
    throw refusal('auth.required');
  }
  return /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(header)?.[1] ?? refuseToken(reply);
};

const refuseToken = (reply: FastifyReply): never => {
  challenge(reply, 'error="invalid_token"');
  throw refusal('auth.invalid-token');
};
