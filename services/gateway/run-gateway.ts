import { readFileSync } from 'node:fs';
import { addressesOf, projectFile, readConfig, ServiceConfig } from '#libs/config/index.js';
import { Metrics, PinoLogger, serveMetrics } from '#libs/runtime/index.js';
import { startGateway } from './gateway.js';

export const runGateway = async (): Promise<void> => {
  const config = readConfig(ServiceConfig);
  const logger = new PinoLogger({ service: 'gateway', level: config.logLevel });
  const metrics = new Metrics();
  metrics.observeProcess();
  const served = await serveMetrics(metrics.registry, config.metricsPort, config.metricsHost);
  const gateway = await startGateway({
    port: config.port, host: config.host, addressesOf: (service) => addressesOf(config, service), openApi: readFileSync(projectFile('contracts/openapi.json'), 'utf8'), logger, metrics,
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      logger.info('service.stopping', { signal });
      void Promise.all([gateway.stop(), served.close()]).then(() => process.exit(0));
    });
  }
};
