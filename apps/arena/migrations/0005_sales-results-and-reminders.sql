ALTER TYPE "public"."offer_status" ADD VALUE 'accepted';--> statement-breakpoint
ALTER TABLE "offers" ADD COLUMN "reminded_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "entries" ADD COLUMN "place" integer;--> statement-breakpoint
CREATE UNIQUE INDEX "entries_one_a_place" ON "entries" USING btree ("tournament_id","place") WHERE "entries"."place" is not null;--> statement-breakpoint
ALTER TABLE "entries" ADD CONSTRAINT "entries_have_places_from_one" CHECK ("entries"."place" > 0);