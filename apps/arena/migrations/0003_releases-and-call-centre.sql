CREATE TYPE "public"."call_outcome" AS ENUM('answered', 'missed');--> statement-breakpoint
CREATE TYPE "public"."lead_status" AS ENUM('new', 'contacted', 'won', 'lost');--> statement-breakpoint
CREATE TYPE "public"."deployment_stage" AS ENUM('production', 'staging');--> statement-breakpoint
CREATE SEQUENCE "public"."agent_ids" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE SEQUENCE "public"."call_ids" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE SEQUENCE "public"."lead_ids" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE SEQUENCE "public"."customer_ids" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE SEQUENCE "public"."deployment_ids" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE SEQUENCE "public"."product_ids" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE SEQUENCE "public"."tenant_ids" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE SEQUENCE "public"."version_ids" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
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
CREATE TABLE "customers" (
	"id" bigint PRIMARY KEY DEFAULT nextval('customer_ids') NOT NULL,
	"name" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "deployments" (
	"id" bigint PRIMARY KEY DEFAULT nextval('deployment_ids') NOT NULL,
	"product_id" bigint NOT NULL,
	"tenant_id" bigint NOT NULL,
	"stage" "deployment_stage" NOT NULL,
	"version_id" bigint NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "products" (
	"id" bigint PRIMARY KEY DEFAULT nextval('product_ids') NOT NULL,
	"name" text NOT NULL,
	CONSTRAINT "products_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "tenant_members" (
	"tenant_id" bigint NOT NULL,
	"user_id" bigint NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tenant_members_user_id_tenant_id_pk" PRIMARY KEY("user_id","tenant_id")
);
--> statement-breakpoint
CREATE TABLE "tenants" (
	"id" bigint PRIMARY KEY DEFAULT nextval('tenant_ids') NOT NULL,
	"customer_id" bigint NOT NULL,
	"name" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "versions" (
	"id" bigint PRIMARY KEY DEFAULT nextval('version_ids') NOT NULL,
	"product_id" bigint NOT NULL,
	"version" text NOT NULL,
	"numbers" integer[] GENERATED ALWAYS AS (string_to_array(version, '.')::integer[]) STORED NOT NULL,
	"notes" text NOT NULL,
	"security" boolean DEFAULT false NOT NULL,
	"released_at" timestamp (3) with time zone,
	CONSTRAINT "versions_once" UNIQUE("product_id","version"),
	CONSTRAINT "versions_with_product" UNIQUE("product_id","id"),
	CONSTRAINT "versions_have_three_numbers" CHECK ("versions"."version" ~ '^\d{1,6}\.\d{1,6}\.\d{1,6}$')
);
--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "staff" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "agents" ADD CONSTRAINT "agents_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dashboard_looks" ADD CONSTRAINT "dashboard_looks_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "leads" ADD CONSTRAINT "leads_of_an_agent_of_the_team" FOREIGN KEY ("user_id","agent_id") REFERENCES "public"."agents"("user_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deployments" ADD CONSTRAINT "deployments_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deployments" ADD CONSTRAINT "deployments_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "deployments" ADD CONSTRAINT "deployments_run_a_version_of_their_product" FOREIGN KEY ("product_id","version_id") REFERENCES "public"."versions"("product_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tenant_members" ADD CONSTRAINT "tenant_members_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tenant_members" ADD CONSTRAINT "tenant_members_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tenants" ADD CONSTRAINT "tenants_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "versions" ADD CONSTRAINT "versions_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "calls_of_user" ON "calls" USING btree ("user_id","started_at");--> statement-breakpoint
CREATE INDEX "leads_of_user" ON "leads" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "deployments_of_product" ON "deployments" USING btree ("product_id");--> statement-breakpoint
CREATE INDEX "deployments_of_tenant" ON "deployments" USING btree ("tenant_id");--> statement-breakpoint
CREATE INDEX "members_of_tenant" ON "tenant_members" USING btree ("tenant_id");--> statement-breakpoint
CREATE INDEX "tenants_of_customer" ON "tenants" USING btree ("customer_id");--> statement-breakpoint
CREATE INDEX "versions_released" ON "versions" USING btree ("product_id","numbers") WHERE "versions"."released_at" is not null;