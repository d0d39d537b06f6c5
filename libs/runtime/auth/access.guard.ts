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
const challenge = (reply: FastifyReply, ...attributes: string[]): void =>
  void reply.header('www-authenticate', ['Bearer realm="tell-us-once"', ...attributes].join(', '));

/** Every route needs a valid bearer token unless its decorators say otherwise: what nobody thought of is refused. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly modules: ModuleRef,
    private readonly verifier: TokenVerifier,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const told = <T>(key: symbol): T | undefined => this.reflector.getAllAndOverride<T | undefined>(key, [context.getHandler(), context.getClass()]);

    if (told<boolean>(PUBLIC)) return true;
    const token = bearerOf(request, reply);
    if (told<boolean>(DELIVERY_TOKEN)) {
      if (await this.gate()?.admits(token, request.params as Record<string, string>)) return true;
      return refuseToken(reply);
    }
    if (told<boolean>(AT_DOOR)) return this.admitAtDoor(token, request, reply);
    const principal = await this.identify(token, reply);
    if (!mayEnter(principal, told<readonly string[]>(ROLES))) throw refusal('auth.forbidden');
    const acr = acrOf(told<AssuranceLevel>(MIN_ACR) ?? 'loa1');
    if (rankOfAcr(principal.acr) < rankOfAcr(acr)) {
      challenge(reply, 'error="insufficient_user_authentication"', `acr_values="${acr}"`);
      throw refusal('auth.assurance-too-low');
    }
    setPrincipal(request, principal);
    return true;
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
