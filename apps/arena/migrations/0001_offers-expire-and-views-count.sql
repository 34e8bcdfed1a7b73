ALTER TYPE "public"."offer_status" ADD VALUE 'expired';--> statement-breakpoint
ALTER TYPE "public"."offer_status" ADD VALUE 'cancelled';--> statement-breakpoint
CREATE TABLE "view_batches" (
	"id" text PRIMARY KEY NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "items" ADD COLUMN "views" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "offers" ADD COLUMN "expires_at" timestamp (3) with time zone DEFAULT now() + interval '2 days' NOT NULL;--> statement-breakpoint
CREATE INDEX "offers_open_by_expiry" ON "offers" USING btree ("expires_at") WHERE "offers"."status" = 'open';