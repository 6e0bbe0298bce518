import type { Tx } from '../database/database.ts'

/**
 * Creates the two roles and makes the connected one a member. Roles belong to the cluster: another database of it may
 * have made them already, or be making them right now.
 */
export async function ensureRoles(tx: Tx): Promise<void> {
  for (const role of ['millrace_app', 'millrace_engine']) await tx.query(ensureRole(role))
  await tx.query(`
    DO $$ BEGIN
      EXECUTE format('GRANT USAGE ON SCHEMA %I TO millrace_app, millrace_engine', current_schema());
    END $$`)
}

function ensureRole(role: string): string {
  return `
    DO $$
    DECLARE
      membership text := CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END;
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN
        BEGIN
          CREATE ROLE ${role} NOLOGIN NOBYPASSRLS NOSUPERUSER NOCREATEDB NOCREATEROLE;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
      END IF;
      IF NOT pg_has_role(current_user, '${role}', membership) THEN
        BEGIN
          GRANT ${role} TO CURRENT_USER;
        EXCEPTION WHEN unique_violation THEN NULL;
        END;
      END IF;
    END $$`
}
