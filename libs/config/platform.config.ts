import { IsIn, IsInt, IsNotEmpty, IsOptional, IsUrl, Matches, Max, Min, ValidateBy } from 'class-validator';
import { FromEnv } from './config.js';

const EVENT_LOGS = ['embedded'] as const;
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const MODES = ['development', 'test', 'production'] as const;
const CLOCKS = ['system', 'movable'] as const;

const IsPort = (): PropertyDecorator => (prototype, key) => {
  for (const rule of [Max(65_535), Min(0), IsInt()]) rule(prototype, key);
};

const IsOrigin = (): PropertyDecorator =>
  IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false }, { message: 'must be an http:// or https:// address' });

const NotMovableInProduction = (): PropertyDecorator =>
  ValidateBy({
    name: 'notMovableInProduction',
    validator: {
      validate: (clock, args) => clock !== 'movable' || (args?.object as PlatformConfig).nodeEnv !== 'production',
      defaultMessage: () => 'must be the system clock when NODE_ENV is production: moving time would falsify every deadline',
    },
  });

/** What every process of the platform reads. */
export class PlatformConfig {
  @FromEnv('PORT', 'Port of the public origin; 0 takes a free one.')
  @IsPort()
  port: number = 3000;

  @FromEnv('SANDBOX_PORT', 'Port of the simulated jurisdictions and sign-in provider.')
  @IsPort()
  sandboxPort: number = 3001;

  @FromEnv('METRICS_PORT', 'Port of /metrics, kept off the public origin.')
  @IsPort()
  metricsPort: number = 9464;

  @FromEnv('DATA_DIR', 'Folder of the embedded database and its key file.')
  @IsNotEmpty()
  dataDir: string = '.data';

  @FromEnv('DATABASE_URL', 'A PostgreSQL of your own (>= 15; >= 17 preferred); without it the embedded one is started in DATA_DIR.')
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\//, { message: 'must begin with postgres:// or postgresql://' })
  databaseUrl?: string;

  @FromEnv('EVENT_LOG', 'What carries facts between services: embedded (PostgreSQL itself).')
  @IsIn(EVENT_LOGS)
  eventLog: (typeof EVENT_LOGS)[number] = 'embedded';

  @FromEnv('LOG_LEVEL', 'Least severe line that is logged: fatal, error, warn, info, debug, trace or silent.')
  @IsIn(LOG_LEVELS)
  logLevel: (typeof LOG_LEVELS)[number] = 'info';

  @FromEnv('NODE_ENV', 'development, test or production; production refuses every switch made for tests.')
  @IsIn(MODES)
  nodeEnv: (typeof MODES)[number] = 'development';

  @FromEnv('PUBLIC_URL', 'Address people reach us at, when a proxy stands in front.')
  @IsOptional()
  @IsOrigin()
  publicUrl?: string;

  @FromEnv('ISSUER_URL', 'Sign-in provider (OpenID Connect) whose tokens are accepted; without it the sandbox signs people in.')
  @IsOptional()
  @IsOrigin()
  issuerUrl?: string;

  @FromEnv('AUDIENCE', 'Audience a token must be issued for.')
  @IsNotEmpty()
  audience: string = 'tell-us-once';

  @FromEnv('CLOCK', 'system, or movable so that a demonstration can pass days in seconds; never movable in production.')
  @NotMovableInProduction()
  @IsIn(CLOCKS)
  clock: (typeof CLOCKS)[number] = 'system';

  @FromEnv('KEK_FILE', 'File of the key that wraps the vault\'s data keys (mode 0600); made in DATA_DIR, outside the database folder, if absent.')
  @IsOptional()
  @IsNotEmpty()
  kekFile?: string;
}
