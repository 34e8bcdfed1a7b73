import { beforeEach, expect, it } from '@jest/globals';
import { Circuit } from './circuit.js';

const REST = 500;

let time: number;
let circuit: Circuit;

beforeEach(() => {
  time = 1000;
  circuit = new Circuit(REST, () => time);
});

it('is closed at first, and has nothing to probe', () => {
  expect(circuit.isClosed).toBe(true);
  expect(circuit.takeProbe()).toBe(false);
});

it('gives one probe after its rest, and no second while that one is out', () => {
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

it('rests again after a probe that failed', () => {
  circuit.open();
  time += REST;
  circuit.takeProbe();
  circuit.open();
  expect(circuit.takeProbe()).toBe(false);
  time += REST;
  expect(circuit.takeProbe()).toBe(true);
});

it('is closed by a probe that succeeded', () => {
  circuit.open();
  time += REST;
  circuit.takeProbe();
  circuit.close();
  expect(circuit.isClosed).toBe(true);
  expect(circuit.takeProbe()).toBe(false);
});
