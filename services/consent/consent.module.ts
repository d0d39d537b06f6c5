import { dirname, join } from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Vault } from '#contracts/apis/vault.js';
import { ConsentsController } from './http/consents.controller.js';
import { KeySetController } from './http/key-set.controller.js';
import { NoticesController } from './http/notices.controller.js';
import { PartyFile } from './http/party-file.js';
import { PromotersController } from './http/promoters.controller.js';
import { ReleasesController } from './http/releases.controller.js';
import { OrphanTimer } from './keeping/orphan-timer.js';
import { VaultKeeping } from './keeping/vault-keeping.js';
import { KeyRing } from './keys/key-ring.js';
import { ReceiptSigner } from './receipts/receipt-signer.js';
import { AgreementStore } from './store/agreement-store.js';
import { CaseFileStore } from './store/case-file-store.js';
import { DecideConsentHandler, DecideConsentSlice } from './use-cases/decide-consent.js';
import { VaultInProcess } from './vault-in-process.js';

export interface ConsentOptions {
  /** The key-encryption keys: outside the database folder, and backed up apart from it. */
  readonly kekFile: string;
  /** The keys that sign receipts; beside the other file when absent. */
  readonly receiptKeyFile?: string;
}

/** The vault. Needs `UnitOfWork`, `Database`, `Clock`, `Cases` and `History` provided globally. */
@Module({})
export class ConsentModule {
  static forRoot({ kekFile, receiptKeyFile = join(dirname(kekFile), 'receipt-keys.json') }: ConsentOptions): DynamicModule {
    return {
      module: ConsentModule,
      global: true,
      imports: [CqrsModule],
      controllers: [ConsentsController, ReleasesController, NoticesController, PromotersController, KeySetController],
      providers: [
        { provide: KeyRing, useFactory: () => new KeyRing(kekFile) },
        { provide: ReceiptSigner, useFactory: () => new ReceiptSigner(receiptKeyFile) },
        CaseFileStore, AgreementStore, VaultInProcess, VaultKeeping, OrphanTimer, PartyFile, DecideConsentSlice, DecideConsentHandler,
        { provide: Vault, useExisting: VaultInProcess },
      ],
      exports: [Vault, VaultKeeping, ReceiptSigner],
    };
  }
}
