import { dirname, join } from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Vault } from '#contracts/apis/vault.js';
import { PostgresLogTable } from '#libs/event-log/index.js';
import { ConsentsController } from './http/consents.controller.js';
import { KeySetController } from './http/key-set.controller.js';
import { NoticesController } from './http/notices.controller.js';
import { PartyFile } from './http/party-file.js';
import { PromotersController } from './http/promoters.controller.js';
import { ReleasesController } from './http/releases.controller.js';
import { AgreementWatch } from './keeping/agreement-watch.js';
import { KeepingTimer } from './keeping/keeping-timer.js';
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
  /** In a process of its own what is deposited is kept before its caller has accepted anything. */
  readonly commitsFirst?: boolean;
}

/** The vault. Needs `UnitOfWork`, `Database`, `Clock`, `Cases`, `History` and `Logger` provided globally. */
@Module({})
export class ConsentModule {
  static forRoot({ kekFile, receiptKeyFile = join(dirname(kekFile), 'receipt-keys.json'), commitsFirst = false }: ConsentOptions): DynamicModule {
    return {
      module: ConsentModule,
      global: true,
      imports: [CqrsModule],
      controllers: [ConsentsController, ReleasesController, NoticesController, PromotersController, KeySetController],
      providers: [
        { provide: KeyRing, useFactory: () => new KeyRing(kekFile) },
        { provide: ReceiptSigner, useFactory: () => new ReceiptSigner(receiptKeyFile) },
        { provide: CaseFileStore, inject: [KeyRing], useFactory: (keys: KeyRing) => new CaseFileStore(keys, commitsFirst ? new PostgresLogTable() : undefined) },
        AgreementStore, VaultInProcess, VaultKeeping, KeepingTimer, AgreementWatch, PartyFile, DecideConsentSlice, DecideConsentHandler,
        { provide: Vault, useExisting: VaultInProcess },
      ],
      exports: [Vault, VaultKeeping, ReceiptSigner],
    };
  }
}
