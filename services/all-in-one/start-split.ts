import { parseArgs } from 'node:util';
import { SERVICES, type ServiceName } from '#contracts/apis/routes.js';
import { PlatformConfig, readConfig } from '#libs/config/index.js';
import { Fleet } from './fleet.js';

/**
 * `npm run start:split [-- --replicas N] [--only intake,consent] [--ports free]`: every service a process of its own behind the gateway;
 * Ctrl-C stops them all. With --only the others are run elsewhere, at the ports they would have here.
 */
const { values } = parseArgs({ options: { replicas: { type: 'string', default: '1' }, only: { type: 'string' }, ports: { type: 'string', default: 'fixed' } } });
const replicas = Number(values.replicas);
const only = values.only?.split(',').map((name) => name.trim());
const stranger = only?.find((name) => !(SERVICES as readonly string[]).includes(name));
const fault = !Number.isInteger(replicas) || replicas < 1 || replicas > 4 ? '--replicas takes a number from 1 to 4'
  : stranger !== undefined ? `${stranger} is no service; there are ${SERVICES.join(', ')}`
  : values.ports !== 'fixed' && values.ports !== 'free' ? '--ports is fixed or free' : undefined;
if (fault !== undefined) {
  process.stderr.write(`${fault}\n`);
  process.exit(2);
}
const config = readConfig(PlatformConfig);
const say = (line = ''): void => void process.stdout.write(`${line}\n`);
const fleet = await Fleet.start({ config, replicas, ports: values.ports as 'fixed' | 'free', ...(only && { only: only as ServiceName[] }), out: say });
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    say('\n  Stopping every process …');
    fleet.stop().then(() => process.exit(0), () => process.exit(1));
  });
}
try {
  await fleet.ready();
  const gateway = fleet.vessels.find((v) => v.name === 'gateway');
  const sandbox = fleet.vessels.find((v) => v.name === 'sandbox');
  say([
    '', `  Tell us once is running in ${fleet.vessels.length} processes.`, ...(gateway ? [`  API        ${gateway.url}/v1`, `  Reference  ${gateway.url}/docs`] : []),
    ...(sandbox ? [`  Sandbox    ${sandbox.url}  (simulated jurisdictions and sign-in)`] : []), ...fleet.vessels.map((v) => `  ${`${v.name}.${v.replica}`.padEnd(10)} ${v.url}  process ${v.pid ?? '–'}, metrics ${v.metricsUrl}`),
    '  Stop       Ctrl-C', '',
  ].join('\n'));
} catch (error) {
  if (!stopping.signal.aborted) {
    process.stderr.write(`${(error as Error).message}\n`);
    await fleet.stop();
    process.exit(1);
  }
}
