import { Injectable } from '@nestjs/common';
import { FlagGate } from 'nest-larder';
import { Job, type JobContext } from 'nest-larder/jobs';
import { MapOutbox } from './map-outbox.js';
import { dojosAt, gameEventAt, playersAt } from './world.js';
import { region as regions } from './world-map.schemas.js';

/** Moves the map; of all processes one runs it. */
@FlagGate('ENABLE_SIMULATION')
@FlagGate('BACKGROUND_BROADCASTING')
@Injectable()
export class MapSimulation {
  constructor(private readonly outbox: MapOutbox) {}

  @Job({ name: 'map-player-movement', every: '1s', flag: 'simulation:player-movement' })
  movePlayers({ scheduledFor }: JobContext): void {
    for (const region of regions.options) this.outbox.add(region, { players: playersAt(region, Number(scheduledFor)) });
  }

  @Job({ name: 'map-dojo-status', every: '5s', flag: 'simulation:dojo-status' })
  changeDojos({ scheduledFor }: JobContext): void {
    for (const region of regions.options) this.outbox.add(region, { dojos: dojosAt(region, Number(scheduledFor)) });
  }

  @Job({ name: 'map-game-events', every: '3s', flag: 'simulation:game-events' })
  tellEvents({ scheduledFor }: JobContext): void {
    for (const region of regions.options)
      this.outbox.add(region, { events: [gameEventAt(region, Number(scheduledFor))] });
  }
}
