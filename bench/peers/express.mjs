// The stack Nest gives by default, on the product's own engine: Nest + Express, ValidationPipe with class-validator, a guard that verifies
// each token with jose. Packages not named in this folder's package.json are the product's own, found above it.
import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { BadRequestException, Body, Controller, Headers, HttpCode, Module, Post, UnauthorizedException, UseGuards, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { BirthNotification } from '../../dist/contracts/notifications/birth.js';
import { serve } from '../../dist/bench/driver.js';
import { openSystem } from '../../dist/bench/system.js';
import { faultsOf } from '../../dist/services/intake/domain/check-birth.js';

const { positionals: [databaseUrl, folder], values: { issuer } } = parseArgs({ allowPositionals: true, options: { issuer: { type: 'string' } } });
const system = await openSystem({ folder, databaseUrl, issuer });
const { feed } = system.app.platform;
const { jwks_uri } = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
const keys = createRemoteJWKSet(new URL(jwks_uri));

class TokenGuard {
  async canActivate(context) {
    const token = /^Bearer (.+)$/.exec(context.switchToHttp().getRequest().headers.authorization ?? '')?.[1];
    try {
      await jwtVerify(token, keys, { issuer, audience: 'tell-us-once' });
      return true;
    } catch {
      throw new UnauthorizedException();
    }
  }
}

class NotificationsController {
  async notify(notification, key) {
    if (key === undefined || faultsOf(notification, Date.now()).length > 0) throw new BadRequestException();
    const { reference } = await system.tell(notification);
    return { reference, location: `/v1/cases/${reference}` };
  }
}
// What a compiler makes of the decorators.
const method = Object.getOwnPropertyDescriptor(NotificationsController.prototype, 'notify');
Reflect.defineMetadata('design:paramtypes', [BirthNotification, String], NotificationsController.prototype, 'notify');
Body()(NotificationsController.prototype, 'notify', 0);
Headers('idempotency-key')(NotificationsController.prototype, 'notify', 1);
Post()(NotificationsController.prototype, 'notify', method);
HttpCode(202)(NotificationsController.prototype, 'notify', method);
UseGuards(TokenGuard)(NotificationsController.prototype, 'notify', method);
Controller('v1/notifications')(NotificationsController);

class ExpressModule {}
Module({ controllers: [NotificationsController] })(ExpressModule);
const app = await NestFactory.create(ExpressModule, new ExpressAdapter(), { logger: false });
app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
await app.listen(0, '127.0.0.1');

serve({
  accept: () => Promise.reject(new Error('asked over HTTP only')),
  settled: () => Promise.reject(new Error('asked over HTTP only')),
  count: () => Promise.reject(new Error('counted by who asks')),
  more: {
    pause: () => feed.stop(),
    resume: () => feed.start(),
    http: async () => `http://127.0.0.1:${app.getHttpServer().address().port}/v1/notifications`,
    cpu: async () => process.cpuUsage(),
  },
  stop: async () => {
    await app.close();
    await system.stop();
  },
});
