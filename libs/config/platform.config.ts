import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArrayNotEmpty, IsIn, IsInt, IsNotEmpty, IsOptional, IsUrl, Matches, Max, Min, ValidateBy } from 'class-validator';
import { TRANSPORTS } from '#contracts/words.js';
import { FromEnv } from './config.js';

const EVENT_LOGS = ['embedded', 'kafka'] as const;
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const MODES = ['development', 'test', 'production'] as const;
const CLOCKS = ['system', 'movable'] as const;

const IsPort = (): PropertyDecorator => (prototype, key) => {
  for (const rule of [Max(65_535), Min(0), IsInt()]) rule(prototype, key);
};

const AreTransports = (): PropertyDecorator =>
  Matches(new RegExp(`^(\\*|ca(-[a-z]{2})?/([a-z-]{1,60}|\\*))=(${TRANSPORTS.join('|')})$`), { each: true, message: `must be like ca-on/health-card=topic, ca-bc/*=file or *=http, several separated by commas; there are ${TRANSPORTS.join(', ')}` });

const AreBrokers = (): PropertyDecorator => (prototype, key) => {
  for (const rule of [Matches(/^[\w.-]{1,253}:\d{1,5}$/, { each: true, message: 'must be host:port, several separated by commas' }), ArrayNotEmpty()]) rule(prototype, key);
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

  @FromEnv('DATABASE_PASSWORD_FILE', 'File with the password of the role in DATABASE_URL; without it the one written there, or none.')
  @IsOptional()
  @IsNotEmpty()
  databasePasswordFile?: string;

  @FromEnv('EVENT_LOG', 'What carries facts between services: embedded (PostgreSQL itself) or kafka.')
  @IsIn(EVENT_LOGS)
  eventLog: (typeof EVENT_LOGS)[number] = 'embedded';

  @FromEnv('KAFKA_BROKERS', 'With EVENT_LOG=kafka: host:port of one broker or more, separated by commas (`npm run broker` starts one).')
  @AreBrokers()
  kafkaBrokers: string[] = ['127.0.0.1:9092'];

  @FromEnv('TRANSPORTS', 'Programmes told in another way than the catalogue says: `ca-on/health-card=topic,ca-bc/*=file`, the first that fits counts.')
  @AreTransports()
  transports: string[] = [];

  @FromEnv('JURISDICTION_BROKERS', 'Kafka brokers with the jurisdictions’ topics; with EVENT_LOG=kafka those of KAFKA_BROKERS if absent. Without any, no programme is told on a topic.')
  @IsOptional()
  @AreBrokers()
  jurisdictionBrokers?: string[];

  @FromEnv('EXCHANGE_DIR', 'Folder shared with jurisdictions: their and our public keys, batch files and acknowledgements; DATA_DIR/exchange if absent.')
  @IsOptional()
  @IsNotEmpty()
  exchangeDir?: string;

  @FromEnv('EXCHANGE_EVERY_MS', 'How often, in milliseconds, batch files are written and acknowledgements looked for.')
  @Max(86_400_000)
  @Min(50)
  @IsInt()
  exchangeEveryMs: number = 500;

  @FromEnv('LOG_LEVEL', 'Least severe line that is logged: fatal, error, warn, info, debug, trace or silent.')
  @IsIn(LOG_LEVELS)
  logLevel: (typeof LOG_LEVELS)[number] = 'info';

  @FromEnv('OTEL_EXPORTER_OTLP_ENDPOINT', 'Where an OpenTelemetry collector takes spans over OTLP/HTTP, such as http://127.0.0.1:4318; without it nothing is traced.')
  @IsOptional()
  @IsOrigin()
  otlpEndpoint?: string;

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

/** What tells jurisdictions by other means than HTTP needs to know. */
export const exchangeOf = (config: PlatformConfig) => ({
  exchangeDir: config.exchangeDir ?? join(config.dataDir, 'exchange'), exchangeEveryMs: config.exchangeEveryMs, overrides: config.transports,
  brokers: config.jurisdictionBrokers ?? (config.eventLog === 'kafka' ? config.kafkaBrokers : undefined), makesTopics: config.nodeEnv !== 'production',
});

/** The other side of the same, for the sandbox; it looks a little more often. */
export const jurisdictionsSideOf = (config: PlatformConfig) => {
  const { exchangeDir: dir, exchangeEveryMs, brokers } = exchangeOf(config);
  return { dir, brokers, everyMs: Math.max(50, Math.floor(exchangeEveryMs / 2)) };
};

/** DATABASE_URL with its password; as `role` where a service enters in a role of its own. Undefined: the embedded database. */
export const databaseUrlOf = ({ databaseUrl, databasePasswordFile }: Pick<PlatformConfig, 'databaseUrl' | 'databasePasswordFile'>, role?: string): string | undefined => {
  if (databaseUrl === undefined) return undefined;
  const url = new URL(databaseUrl);
  if (role !== undefined && url.username !== role) {
    url.username = role;
    url.password = ''; // somebody else's
  }
  if (databasePasswordFile !== undefined) url.password = encodeURIComponent(readFileSync(databasePasswordFile, 'utf8').trim());
  return url.toString();
};
