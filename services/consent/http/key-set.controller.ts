import { Controller, Get } from '@nestjs/common';
import { Public } from '#libs/runtime/auth/index.js';
import { ApiOperation, ApiTags } from '#libs/runtime/described.js';
import { ReceiptSigner } from '../receipts/receipt-signer.js';

@ApiTags('Consent')
@Controller('.well-known/jwks.json')
export class KeySetController {
  constructor(private readonly signer: ReceiptSigner) {}

  @Get()
  @Public()
  @ApiOperation({ summary: 'Keys that verify consent receipts, retired ones included' })
  get(): ReturnType<ReceiptSigner['jwks']> {
    return this.signer.jwks();
  }
}
