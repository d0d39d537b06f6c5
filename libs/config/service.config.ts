import { ArrayNotEmpty, IsIn, IsInt, IsNotEmpty, IsOptional, IsUrl, Max, Min } from 'class-validator';
import type { ServiceName } from '#contracts/apis/routes.js';
import { FromEnv } from './config.js';
import { PlatformConfig } from './platform.config.js';

const PROFILES = ['fast', 'lifelike'] as const;

const AreOrigins = (): PropertyDecorator => (prototype, key) => {
  for (const rule of [
    IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false }, { each: true, message: 'must be http:// or https:// addresses, separated by commas' }),
    ArrayNotEmpty(),
  ]) rule(prototype, key);
};
const SERVICE_KEYS_DIR = 'Folder of every service’s public keys, a JWKS each; DATA_DIR/keys/public if absent.';
const urls = (service: string): string => `Addresses of every replica of ${service}, separated by commas.`;

/** What a service reads besides, when it is a process of its own. */
export class ServiceConfig extends PlatformConfig {
  @FromEnv('HOST', 'Interface the process listens at.')
  @IsNotEmpty()
  host: string = '0.0.0.0';

  @FromEnv('METRICS_HOST', 'Interface /metrics is served at.')
  @IsNotEmpty()
  metricsHost: string = '127.0.0.1';

  @FromEnv('DATABASE_POOL', 'Database sessions a process may hold.')
  @Max(100)
  @Min(3)
  @IsInt()
  databasePool: number = 10;

  @FromEnv('SERVICE_KEY_FILE', 'The service’s own signing key (mode 0600); made in DATA_DIR/keys/services if absent.')
  @IsOptional()
  @IsNotEmpty()
  serviceKeyFile?: string;

  @FromEnv('SERVICE_KEYS_DIR', SERVICE_KEYS_DIR)
  @IsOptional()
  @IsNotEmpty()
  serviceKeysDir?: string;

  @FromEnv('JWKS_URL', 'Where the sign-in provider’s keys are read, when not where its own discovery document says.')
  @IsOptional()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false }, { message: 'must be an http:// or https:// address' })
  jwksUrl?: string;

  @FromEnv('AGENCIES_URL', 'Where the jurisdictions’ systems begin: /agencies and /authorities.')
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false }, { message: 'must be an http:// or https:// address' })
  agenciesUrl: string = 'http://127.0.0.1:3001';

  @FromEnv('INTAKE_URL', urls('intake'))
  @AreOrigins()
  intakeUrl: string[] = ['http://127.0.0.1:4101'];

  @FromEnv('IDENTITY_URL', urls('identity'))
  @AreOrigins()
  identityUrl: string[] = ['http://127.0.0.1:4102'];

  @FromEnv('CONSENT_URL', urls('consent'))
  @AreOrigins()
  consentUrl: string[] = ['http://127.0.0.1:4103'];

  @FromEnv('BUNDLING_URL', urls('bundling'))
  @AreOrigins()
  bundlingUrl: string[] = ['http://127.0.0.1:4104'];

  @FromEnv('ADAPTERS_URL', urls('adapters'))
  @AreOrigins()
  adaptersUrl: string[] = ['http://127.0.0.1:4105'];

  @FromEnv('STATUS_URL', urls('status'))
  @AreOrigins()
  statusUrl: string[] = ['http://127.0.0.1:4106'];
}

/** Where the replicas of a service are reached. */
export const addressesOf = (config: ServiceConfig, service: Exclude<ServiceName, 'gateway' | 'sandbox'>): readonly string[] =>
  ({ intake: config.intakeUrl, identity: config.identityUrl, consent: config.consentUrl, bundling: config.bundlingUrl, adapters: config.adaptersUrl, status: config.statusUrl })[service];

/** What the sandbox reads as a process of its own. */
export class SandboxConfig extends PlatformConfig {
  @FromEnv('SANDBOX_HOST', 'Interface the sandbox listens at; its controls answer to its own machine only.')
  @IsNotEmpty()
  sandboxHost: string = '127.0.0.1';

  @FromEnv('SANDBOX_PUBLIC_URL', 'Address people reach the sandbox at, when it is not the one it listens at.')
  @IsOptional()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false }, { message: 'must be an http:// or https:// address' })
  sandboxPublicUrl?: string;

  @FromEnv('SANDBOX_PROFILE', 'fast answers within milliseconds; lifelike takes up to three seconds.')
  @IsIn(PROFILES)
  sandboxProfile: (typeof PROFILES)[number] = 'lifelike';
}

/** What `npm run migrate` and `npm run keys` read: the owner's DATABASE_URL, and what is given to the roles and the services. */
export class MigrateConfig extends PlatformConfig {
  @FromEnv('SERVICE_KEYS_DIR', SERVICE_KEYS_DIR)
  @IsOptional()
  @IsNotEmpty()
  serviceKeysDir?: string;

  @FromEnv('DATABASE_PASSWORDS_DIR', 'Folder with a file per database role holding its password; without it the roles get none (the embedded database trusts its own socket).')
  @IsOptional()
  @IsNotEmpty()
  databasePasswordsDir?: string;
}
