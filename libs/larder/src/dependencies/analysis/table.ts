export { showTable } from '../../change-feed/triggers/table-name.js';
