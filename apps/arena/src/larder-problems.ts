import { NestFactory } from '@nestjs/core';
import { LarderModule, LarderOptionsError } from 'nest-larder';
import { SIMULATIONS } from './features/world-map/simulations.js';

/** The problems that Larder finds in this process's environment: those with which its module would fail the start. */
export async function larderProblems(): Promise<readonly string[]> {
  try {
    const quietly = { abortOnError: false, logger: false } as const;
    const context = await NestFactory.createApplicationContext(
      LarderModule.forRoot({ simulations: SIMULATIONS }),
      quietly,
    );
    await context.close();
    return [];
  } catch (error) {
    if (error instanceof LarderOptionsError) return error.problems;
    throw error;
  }
}
