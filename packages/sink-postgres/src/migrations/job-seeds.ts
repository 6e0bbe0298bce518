/** The jobs that every tenant has. Those of connectors that do not exist yet are inactive. */
export const JOB_SEEDS = [
  { name: 'Jira', connector: 'jira', scheduleMinutes: 360, retryMinutes: 15, active: true },
  { name: 'GitHub', connector: 'github', scheduleMinutes: 240, retryMinutes: 15, active: true },
  { name: 'WEX Fabric', connector: 'wex_fabric', scheduleMinutes: 1440, retryMinutes: 15, active: false },
  { name: 'WEX AD', connector: 'wex_ad', scheduleMinutes: 720, retryMinutes: 15, active: false },
] as const

/** Adds the jobs that a tenant lacks. $1: the seeds as JSON, $2: the tenant, or null for all. */
export const SEED_JOBS = `
  INSERT INTO etl_jobs (tenant_id, job_name, connector, schedule_interval_minutes, retry_interval_minutes, active)
  SELECT t.id, s.name, s.connector, s."scheduleMinutes", s."retryMinutes", s.active
    FROM tenants t, jsonb_to_recordset($1::jsonb)
      AS s (name text, connector text, "scheduleMinutes" integer, "retryMinutes" integer, active boolean)
   WHERE ($2::integer IS NULL OR t.id = $2)
     AND NOT EXISTS (SELECT FROM etl_jobs j WHERE j.tenant_id = t.id AND lower(j.job_name) = lower(s.name))
   ORDER BY t.id, s.name`
