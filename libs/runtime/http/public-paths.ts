import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** Outside `/v1`: what is public without a token, and the doors between services. */
const UNVERSIONED = ['health/live', 'health/ready', '.well-known/jwks.json', 'doors/:door/:question'];

/** Puts the API under `/v1`. Before the application is initialised. */
export const underVersion1 = (app: NestFastifyApplication): void => {
  app.setGlobalPrefix('v1', { exclude: UNVERSIONED });
};
