import { exchangeOf } from '#libs/config/index.js';
import { catalogueDoor, vaultDoor } from '#libs/doors/index.js';
import type { ServiceProcess } from '#libs/runtime/process/index.js';
import { AdaptersModule, adaptersMigrations } from './index.js';

export const adapters: ServiceProcess = {
  name: 'adapters', migrations: adaptersMigrations, serves: [catalogueDoor], asks: [vaultDoor],
  module: ({ config, keyFile }) => AdaptersModule.forRoot({
    agenciesUrl: config.agenciesUrl, publicUrl: () => config.publicUrl ?? 'http://127.0.0.1:3000', tokenKeyFile: keyFile('delivery-tokens.key'),
    exchangeKeyFile: keyFile('exchange.json'), exchange: exchangeOf(config),
  }),
};
