export { ConsentModule, type ConsentOptions } from './consent.module.js';
export { VaultKeeping } from './keeping/vault-keeping.js';
export { KeyRing } from './keys/key-ring.js';
export { ReceiptSigner } from './receipts/receipt-signer.js';
export { consentMigrations } from './store/migrations.js';
export { AgreementStore } from './store/agreement-store.js';
export { CaseFileStore } from './store/case-file-store.js';
export { VaultInProcess } from './vault-in-process.js';
