CREATE TYPE "public"."call_outcome" AS ENUM('answered', 'missed');--> statement-breakpoint
CREATE TYPE "public"."lead_status" AS ENUM('new', 'contacted', 'won', 'lost');--> statement-breakpoint
CREATE SEQUENCE "public"."agent_ids" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE SEQUENCE "public"."call_ids" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE SEQUENCE "public"."lead_ids" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE TABLE "agents" (
	"id" bigint PRIMARY KEY DEFAULT nextval('agent_ids') NOT NULL,
	"user_id" bigint NOT NULL,
	"name" text NOT NULL,
	CONSTRAINT "agents_of_user" UNIQUE("user_id","id")
);
--> statement-breakpoint
CREATE TABLE "calls" (
	"id" bigint PRIMARY KEY DEFAULT nextval('call_ids') NOT NULL,
	"user_id" bigint NOT NULL,
	"agent_id" bigint NOT NULL,
	"outcome" "call_outcome" NOT NULL,
	"wait_seconds" integer NOT NULL,
	"talk_seconds" integer DEFAULT 0 NOT NULL,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "calls_take_no_less_than_nothing" CHECK ("calls"."wait_seconds" >= 0 and "calls"."talk_seconds" >= 0)
);
--> statement-breakpoint
CREATE TABLE "dashboard_looks" (
	"user_id" bigint PRIMARY KEY NOT NULL,
	"looked_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "leads" (
	"id" bigint PRIMARY KEY DEFAULT nextval('lead_ids') NOT NULL,
	"user_id" bigint NOT NULL,
	"agent_id" bigint NOT NULL,
	"status" "lead_status" DEFAULT 'new' NOT NULL,
	"value_cents" integer NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "leads_are_worth_no_less_than_nothing" CHECK ("leads"."value_cents" >= 0)
);
--> statement-breakpoint
ALTER TABLE "agents" ADD CONSTRAINT "agents_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dashboard_looks" ADD CONSTRAINT "dashboard_looks_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leads" ADD CONSTRAINT "leads_of_an_agent_of_the_team" FOREIGN KEY ("user_id","agent_id") REFERENCES "public"."agents"("user_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "calls_of_user" ON "calls" USING btree ("user_id","started_at");--> statement-breakpoint
CREATE INDEX "leads_of_user" ON "leads" USING btree ("user_id");