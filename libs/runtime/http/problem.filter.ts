import { Catch, HttpException, Injectable, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ProblemCode } from '#contracts/texts/problems.js';
import { DoorAway } from '#libs/doors/index.js';
import { DomainError } from '#libs/kernel/domain-error.js';
import { isDatabaseAway } from '#libs/persistence/database-away.js';
import { Logger } from '../logging/logger.js';
import { preferredLanguage } from './language.js';
import { internalProblem, PROBLEM_TYPE, toProblem, type Problem } from './problem.js';
import { refusal } from './refusal.js';
import { routeOf } from './routes.js';

/** What the framework itself refuses it says only by status. */
const BY_STATUS: Readonly<Record<number, ProblemCode>> = {
  400: 'request.invalid', 401: 'auth.required', 403: 'auth.forbidden', 404: 'route.unknown', 405: 'route.unknown', 408: 'request.timeout',
  413: 'request.too-large', 414: 'request.url-too-long', 415: 'request.unsupported-media-type', 429: 'rate.limited', 503: 'service.unavailable',
};

const refusalOf = (thrown: unknown): DomainError | undefined => {
  if (thrown instanceof DomainError) return thrown;
  if (thrown instanceof DoorAway || isDatabaseAway(thrown)) return refusal('service.unavailable');
  const code = thrown instanceof HttpException ? BY_STATUS[thrown.getStatus()] : undefined;
  return code && refusal(code);
};

export const problemOf = (thrown: unknown, request: FastifyRequest): Problem => {
  const language = preferredLanguage(request.headers['accept-language']);
  const refused = refusalOf(thrown);
  return refused ? toProblem(refused, request.id, language) : internalProblem(request.id, language);
};

export const sendProblem = (reply: FastifyReply, problem: Problem, acceptLanguage: string | undefined): void =>
  void reply.code(problem.status).headers({
    'content-type': PROBLEM_TYPE, 'content-language': preferredLanguage(acceptLanguage), vary: 'Accept-Language', 'cache-control': 'no-store',
  }).serializer(String).send(JSON.stringify(problem));

/** Every refusal and failure leaves as problem+json; what nobody foresaw is a 500 that says nothing of itself. */
@Catch()
@Injectable()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = problemOf(thrown, request);
    if (problem.status >= 500) this.logger.error('http.failed', { requestId: request.id, route: routeOf(request), code: problem.code, error: thrown });
    if (reply.sent || reply.raw.headersSent) reply.raw.destroy();
    else sendProblem(reply, problem, request.headers['accept-language']);
  }
}
