import { expect, it } from '@jest/globals';
import { Flight, Flights } from './flight.js';

function flying(flights: Flights, slotsOf = () => [1]): Flight {
  const flight = new Flight(flights.next(), 'id', slotsOf, false, 0, 0);
  flight.resolvesLike(Promise.resolve('value'));
  flights.begin(flight);
  return flight;
}

it('drops its value when it ends, so that other references do not retain it', async () => {
  const flights = new Flights();
  const flight = flying(flights);
  const joined = flights.of('id')?.promise;
  flights.end(flight);
  expect(await joined).toBe('value');
  expect(flights.of('id')).toBeUndefined();
  expect(flight.promise).toBeUndefined();
});

it('computes its slots at the first use, and once', () => {
  let asked = 0;
  const flight = flying(new Flights(), () => [++asked]);
  expect(asked).toBe(0);
  flight.slots.push(7);
  expect(flight.slots).toEqual([1, 7]);
});
