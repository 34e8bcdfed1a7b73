import { Module } from '@nestjs/common';
import { MapOutbox } from './map-outbox.js';
import { MapSimulation } from './map-simulation.js';
import { WorldMapGateway } from './world-map.gateway.js';

@Module({ providers: [MapOutbox, MapSimulation, WorldMapGateway] })
export class WorldMapModule {}
