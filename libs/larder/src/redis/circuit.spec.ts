import { beforeEach, expect, it } from '@jest/globals';
import { Circuit } from './circuit.js';

const REST = 500;

let time: number;
let circuit: Circuit;

beforeEach(() => {
  time = 1000;
  circuit = new Circuit(REST, () => time);
});

it('is closed at first, and allows no probe', () => {
  expect(circuit.isClosed).toBe(true);
  expect(circuit.takeProbe()).toBe(false);
});

it('allows one probe after its delay, and no second one while that runs', () => {
  circuit.open();
  expect(circuit.isClosed).toBe(false);
  time += REST - 1;
  expect(circuit.takeProbe()).toBe(false);
  time += 1;
  expect(circuit.takeProbe()).toBe(true);
  time += 10 * REST;
  expect(circuit.takeProbe()).toBe(false);
  expect(circuit.isClosed).toBe(false);
});

it('stays open for another delay after a failed probe', () => {
  circuit.open();
  time += REST;
  circuit.takeProbe();
  circuit.open();
  expect(circuit.takeProbe()).toBe(false);
  time += REST;
  expect(circuit.takeProbe()).toBe(true);
});

it('is closed by a successful probe', () => {
  circuit.open();
  time += REST;
  circuit.takeProbe();
  circuit.close();
  expect(circuit.isClosed).toBe(true);
  expect(circuit.takeProbe()).toBe(false);
});
