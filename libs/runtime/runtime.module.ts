import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { AccessGuard } from './auth/access.guard.js';
import { TokenVerifier, type TokenVerifierOptions } from './auth/token-verifier.js';
import { HealthController } from './health/health.controller.js';
import { Probes } from './health/probes.js';
import { ProblemFilter } from './http/problem.filter.js';
import { StrictValidationPipe } from './http/validation.js';
import { Logger } from './logging/logger.js';
import { Metrics } from './metrics/metrics.js';
import { Stopping } from './stopping.js';

export interface RuntimeOptions {
  readonly auth: TokenVerifierOptions;
  readonly logger: Logger;
}

/** What every service may have injected: Logger, Probes, Metrics, Stopping, TokenVerifier; and the guards nobody can forget. */
@Module({})
export class RuntimeModule {
  static of({ auth, logger }: RuntimeOptions): DynamicModule {
    return {
      module: RuntimeModule,
      global: true,
      controllers: [HealthController],
      providers: [
        { provide: TokenVerifier, useValue: new TokenVerifier(auth) },
        { provide: Logger, useValue: logger },
        Probes, Metrics, Stopping,
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_PIPE, useClass: StrictValidationPipe },
      ],
      exports: [TokenVerifier, Logger, Probes, Metrics, Stopping],
    };
  }
}
