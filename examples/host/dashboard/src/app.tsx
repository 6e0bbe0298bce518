import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { Tooltip } from 'radix-ui'
import { lazy, Suspense } from 'react'
import { BrowserRouter, Navigate, Route, Routes } from 'react-router'
import { Toaster } from 'sonner'
import { Refusal } from './api/refusal.ts'
import { Shell } from './layout/shell.tsx'
import { HomePage } from './pages/home-page.tsx'
import { LoginPage } from './pages/login-page.tsx'
import { Loading } from './parts/states.tsx'
import { SessionProvider, useSession } from './session/session.tsx'
import { ThemeProvider, useTheme } from './session/theme.tsx'

const IntegrationsPage = lazy(() => import('./pages/integrations-page.tsx'))
const QueuesPage = lazy(() => import('./pages/queues-page.tsx'))
const WorkersPage = lazy(() => import('./pages/workers-page.tsx'))
const CustomFieldsPage = lazy(() => import('./pages/custom-fields-page.tsx'))
const WitsPage = lazy(() => import('./pages/wits-page.tsx'))
const HierarchiesPage = lazy(() => import('./pages/hierarchies-page.tsx'))
const StatusesPage = lazy(() => import('./pages/statuses-page.tsx'))
const WorkflowsPage = lazy(() => import('./pages/workflows-page.tsx'))
const QdrantPage = lazy(() => import('./pages/qdrant-page.tsx'))
const InsightsPage = lazy(() => import('./pages/insights-page.tsx'))
const UsersPage = lazy(() => import('./pages/users-page.tsx'))
const AuditPage = lazy(() => import('./pages/audit-page.tsx'))

const BELOW_HEADER = '5.25rem'

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // A refusal stays one; what the network or a restart did passes.
      retry: (count, error) => !(error instanceof Refusal && error.status < 500) && count < 3,
    },
  },
})

export function App() {
  return (
    <QueryClientProvider client={queries}>
      <ThemeProvider>
        <Tooltip.Provider delayDuration={250}>
          <SessionProvider>
            <BrowserRouter>
              <Screens />
            </BrowserRouter>
          </SessionProvider>
          <Toasts />
        </Tooltip.Provider>
      </ThemeProvider>
    </QueryClientProvider>
  )
}

function Toasts() {
  const { theme } = useTheme()
  // Below the header, away from the buttons that they are about: one that the pointer rests on stays, and covers what is there.
  return (
    <Toaster
      theme={theme}
      position="top-center"
      offset={{ top: BELOW_HEADER }}
      mobileOffset={{ top: BELOW_HEADER }}
      richColors
      closeButton
    />
  )
}

function Screens() {
  const { account, state } = useSession()
  if (state === 'checking') return <Loading label="Opening the dashboard" />
  if (!account) return <LoginPage />
  return (
    <Shell>
      <Suspense fallback={<Loading label="Loading the page" />}>
        <Routes>
          <Route path="/" element={<HomePage />} />
          <Route path="/integrations" element={<IntegrationsPage />} />
          <Route path="/queues" element={<QueuesPage />} />
          <Route path="/workers" element={<WorkersPage />} />
          <Route path="/custom-fields" element={<CustomFieldsPage />} />
          <Route path="/wits" element={<WitsPage />} />
          <Route path="/hierarchies" element={<HierarchiesPage />} />
          <Route path="/statuses" element={<StatusesPage />} />
          <Route path="/workflows" element={<WorkflowsPage />} />
          <Route path="/qdrant" element={<QdrantPage />} />
          <Route path="/insights" element={<InsightsPage />} />
          <Route path="/users" element={<UsersPage />} />
          <Route path="/audit" element={<AuditPage />} />
          <Route path="*" element={<Navigate to="/" replace />} />
        </Routes>
      </Suspense>
    </Shell>
  )
}
