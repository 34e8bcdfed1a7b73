import { describeSocketAdapter } from '../../contracts/socket-adapter-contract.js';

describeSocketAdapter('sharded');
