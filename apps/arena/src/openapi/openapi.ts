import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { describeProblems } from './problems.js';
import { exemplifyBodies } from './request-bodies.js';

/** Serves the OpenAPI document at `/docs-json`, and at `/docs` a page to try what it describes. */
export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => documentOf(app), {
    jsonDocumentUrl: 'docs-json',
    customSiteTitle: 'Arena API',
    swaggerOptions: { persistAuthorization: true },
  });
}

function documentOf(app: INestApplication): OpenAPIObject {
  const about = new DocumentBuilder()
    .setTitle('Arena')
    .setDescription('Tournaments, a marketplace and notifications for people who play pool.')
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'The token that `POST /auth/sign-in` answers.' })
    .build();
  const document = SwaggerModule.createDocument(app, about);
  describeProblems(document);
  exemplifyBodies(document);
  return document;
}
