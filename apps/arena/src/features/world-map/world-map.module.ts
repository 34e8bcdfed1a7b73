import { Module } from '@nestjs/common';
import { MapOutbox } from './map-outbox.js';
import { MapSimulation } from './map-simulation.js';
import { Walkers } from './walkers.js';
import { WorldMapGateway } from './world-map.gateway.js';

@Module({ providers: [MapOutbox, MapSimulation, Walkers, WorldMapGateway] })
export class WorldMapModule {}
