import { createParamDecorator, SetMetadata, applyDecorators, type ExecutionContext } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension } from '../described.js';
import type { AssuranceLevel, Principal } from './principal.js';

export const PUBLIC = Symbol('public');
export const ROLES = Symbol('roles');
export const MIN_ACR = Symbol('min-acr');
export const DELIVERY_TOKEN = Symbol('delivery-token');
/** Marks an operation anyone may call, for the OpenAPI document; removed from it before it is shown. */
export const OPEN = 'x-open';

type Access = ClassDecorator & MethodDecorator;

/** Anyone may call this; without it a route needs a valid bearer token. */
export const Public = (): Access => applyDecorators(SetMetadata(PUBLIC, true), ApiExtension(OPEN, true));

/** Only principals who hold one of these roles. An operator reaches only routes that name `operator`. */
export const Roles = (...roles: string[]): Access => applyDecorators(SetMetadata(ROLES, roles), ApiBearerAuth());

/** The sign-in must be at least this sure; loa1 when absent. */
export const MinAcr = (level: AssuranceLevel): Access => applyDecorators(SetMetadata(MIN_ACR, level));

/** Authorised by a token bound to one delivery instead of a person's sign-in: the bound DeliveryTokenGate decides. */
export const DeliveryToken = (): Access => applyDecorators(SetMetadata(DELIVERY_TOKEN, true), ApiBearerAuth());

/** Knows the tokens that are bound to one delivery each. Without a binding, routes marked `@DeliveryToken()` refuse everyone. */
export abstract class DeliveryTokenGate {
  /** Whether `token` is good for the delivery the route's parameters name. */
  abstract admits(token: string, params: Readonly<Record<string, string>>): Promise<boolean>;
}

const PRINCIPAL = Symbol('principal');
export const setPrincipal = (request: object, principal: Principal): void => {
  // Not enumerable: whoever prints a request does not print a person.
  Object.defineProperty(request, PRINCIPAL, { value: principal, enumerable: false });
};
export const findPrincipal = (request: object): Principal | undefined => (request as { [PRINCIPAL]?: Principal })[PRINCIPAL];

/** The caller. On a public route there is none: declare the parameter `Principal | undefined` there. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext) =>
  findPrincipal(context.switchToHttp().getRequest<object>()));
