import { FakeOutgoing } from './fake-outgoing.js';
import { outgoingConformance } from './outgoing.conformance.js';

outgoingConformance('what is on its way, in memory', async () => new FakeOutgoing());
