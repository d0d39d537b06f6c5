import { PlatformConfig, readConfig } from '#libs/config/index.js';
import { startAllInOne } from './app.js';

const config = readConfig(PlatformConfig);
const app = await startAllInOne({ config, sandboxProfile: 'lifelike' });
process.stdout.write([
  '', `  Tell us once is running.`, `  API        ${app.url}/v1`, `  Reference  ${app.url}/docs`, `  Health     ${app.url}/health/ready`,
  `  Metrics    http://127.0.0.1:${app.service.metricsPort ?? config.metricsPort}/metrics`, `  Sandbox    ${app.sandbox.url}  (simulated jurisdictions and sign-in)`,
  `  A token    npm run --silent token -- olivia`, `  Stop       Ctrl-C`, '', '',
].join('\n'));
