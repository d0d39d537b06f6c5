import { describe, expect, it } from '@jest/globals';
import { IsBoolean, IsIn, IsInt, MinLength } from 'class-validator';
import { ConfigError, describeConfig, FromEnv, readConfig } from './config.js';
import { exchangeOf, PlatformConfig } from './platform.config.js';

const faultsOf = (read: () => unknown): readonly string[] => {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
};

class Sample {
  @FromEnv('SIZE', 'How many.') @IsInt() size: number = 1;
  @FromEnv('STRICT', 'Whether.') @IsBoolean() strict: boolean = false;
  @FromEnv('HOSTS', 'Which.') @IsIn(['a', 'b'], { each: true }) hosts: string[] = ['a'];
  @FromEnv('SECRET', 'A secret.') @MinLength(40, { message: '$value is too short ($property)' }) secret: string = 'x'.repeat(40);
}

describe('reading the configuration', () => {
  it('starts with no variable set at all', () => {
    expect(readConfig(PlatformConfig, {})).toEqual({
      port: 3000, sandboxPort: 3001, metricsPort: 9464, dataDir: '.data', eventLog: 'embedded', kafkaBrokers: ['127.0.0.1:9092'], logLevel: 'info',
      transports: [], exchangeEveryMs: 500, nodeEnv: 'development', audience: 'tell-us-once', clock: 'system',
    });
  });

  it('reads numbers, yes or no, and lists', () => {
    expect(readConfig(Sample, { SIZE: '12', STRICT: 'yes', HOSTS: 'a, b' })).toMatchObject({ size: 12, strict: true, hosts: ['a', 'b'] });
    expect(readConfig(Sample, { STRICT: '0' }).strict).toBe(false);
  });

  it('takes an empty variable as one that is not set', () => {
    expect(readConfig(PlatformConfig, { PORT: '', DATABASE_URL: ' ' })).toMatchObject({ port: 3000 });
  });

  it('tells every fault at once, by the name of the variable and the rule', () => {
    const faults = faultsOf(() => readConfig(PlatformConfig, {
      PORT: '70000', METRICS_PORT: 'many', LOG_LEVEL: 'inf', PUBLIC_URL: 'nowhere', EVENT_LOG: 'rabbit', KAFKA_BROKERS: 'kafka:9092,elsewhere',
    }));
    expect(faults).toEqual([
      'PORT must not be greater than 65535',
      expect.stringMatching(/^METRICS_PORT .*must be an integer number/),
      'EVENT_LOG must be one of the following values: embedded, kafka',
      'KAFKA_BROKERS must be host:port, several separated by commas',
      'LOG_LEVEL must be one of the following values: fatal, error, warn, info, debug, trace, silent',
      'PUBLIC_URL must be an http:// or https:// address',
    ]);
  });

  it('never tells a value, which may be a secret, even where a rule would quote it', () => {
    const secret = 'hunter2(+*';
    const read = (): unknown => readConfig(Sample, { SECRET: secret, SIZE: secret, HOSTS: `a,${secret}` });
    expect(read).toThrow(ConfigError);
    expect(faultsOf(read)).toHaveLength(3);
    expect(faultsOf(read)).toContain('SECRET breaks the rule minLength');
    let thrown: unknown;
    try { read(); } catch (error) { thrown = error; }
    expect(`${JSON.stringify(thrown)} ${String(thrown)} ${(thrown as Error).stack ?? ''}`).not.toContain('hunter2');
    expect(faultsOf(() => readConfig(PlatformConfig, { DATABASE_URL: `mysql://u:${secret}@db/x` })))
      .toEqual(['DATABASE_URL must begin with postgres:// or postgresql://']);
  });

  it('refuses a clock that can be moved in production, and allows it elsewhere', () => {
    expect(readConfig(PlatformConfig, { CLOCK: 'movable', NODE_ENV: 'test' }).clock).toBe('movable');
    expect(faultsOf(() => readConfig(PlatformConfig, { CLOCK: 'movable', NODE_ENV: 'production' }))).toEqual([
      'CLOCK must be the system clock when NODE_ENV is production: moving time would falsify every deadline',
    ]);
  });

  it('lets a service add variables of its own without changing those of the platform', () => {
    class ServiceConfig extends PlatformConfig {
      @FromEnv('PATIENCE_MS', 'How long.') @IsInt() patience: number = 200;
    }
    expect(readConfig(ServiceConfig, { PATIENCE_MS: '50', PORT: '0' })).toMatchObject({ patience: 50, port: 0 });
    expect(describeConfig(PlatformConfig).map((v) => v.name)).not.toContain('PATIENCE_MS');
  });

  it('takes programmes told in another way, and knows where their messages go', () => {
    expect(readConfig(PlatformConfig, { TRANSPORTS: 'ca-on/health-card=topic, ca-bc/*=file,*=http' }).transports).toEqual(['ca-on/health-card=topic', 'ca-bc/*=file', '*=http']);
    for (const wrong of ['ca-on=topic', 'ca-on/health-card', 'ca-on/health-card=post', 'Ontario/*=file']) expect(() => readConfig(PlatformConfig, { TRANSPORTS: wrong })).toThrow('TRANSPORTS');
    const exchange = (env: Readonly<Record<string, string>>) => exchangeOf(readConfig(PlatformConfig, env));
    expect(exchange({})).toEqual({ exchangeDir: '.data/exchange', exchangeEveryMs: 500, overrides: [], brokers: undefined, makesTopics: true });
    expect([exchange({ EVENT_LOG: 'kafka' }).brokers, exchange({ JURISDICTION_BROKERS: 'b:1' }).brokers, exchange({ EVENT_LOG: 'kafka', JURISDICTION_BROKERS: 'b:1' }).brokers]).toEqual([['127.0.0.1:9092'], ['b:1'], ['b:1']]);
    expect(exchange({ NODE_ENV: 'production', EXCHANGE_DIR: '/srv/exchange' })).toMatchObject({ exchangeDir: '/srv/exchange', makesTopics: false });
  });

  it('describes every variable: its name, its default and what it means', () => {
    const table = describeConfig(PlatformConfig);
    expect(table.map((v) => v.name)).toEqual([
      'PORT', 'SANDBOX_PORT', 'METRICS_PORT', 'DATA_DIR', 'DATABASE_URL', 'DATABASE_PASSWORD_FILE', 'EVENT_LOG', 'KAFKA_BROKERS', 'TRANSPORTS', 'JURISDICTION_BROKERS', 'EXCHANGE_DIR', 'EXCHANGE_EVERY_MS', 'LOG_LEVEL', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'NODE_ENV',
      'PUBLIC_URL', 'ISSUER_URL', 'AUDIENCE', 'CLOCK', 'KEK_FILE',
    ]);
    expect(table[0]).toEqual({ name: 'PORT', default: '3000', meaning: 'Port of the public origin; 0 takes a free one.' });
    expect(table.find((v) => v.name === 'DATABASE_URL')?.default).toBe('');
    expect(table.every((v) => v.meaning.endsWith('.'))).toBe(true);
  });
});
