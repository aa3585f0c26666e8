import { SERVICE_NAMES, type Health, type ServiceName } from "../services/health";
import { StateBadge } from "./StateBadge";

const LABELS: Readonly<Record<ServiceName, { title: string; role: string }>> = {
  db: { title: "Database", role: "PostgreSQL" },
  redis: { title: "Redis", role: "Cache and message broker" },
  workers: { title: "Workers", role: "Celery background tasks" },
};

export function ServiceList({ services }: { readonly services: Health["services"] }) {
  return (
    <section aria-labelledby="services-heading" className="mt-8">
      <h2 id="services-heading" className="text-lg font-semibold">
        Services
      </h2>
      <ul className="mt-3 grid gap-3 sm:grid-cols-3">
        {SERVICE_NAMES.map((name) => (
          <li
            key={name}
            className="flex items-center justify-between gap-3 rounded-lg border border-line bg-panel p-4 sm:flex-col sm:items-start"
          >
            <div>
              <h3 className="font-medium">{LABELS[name].title}</h3>
              <p className="text-sm text-muted">{LABELS[name].role}</p>
            </div>
            <StateBadge state={services[name]} />
          </li>
        ))}
      </ul>
    </section>
  );
}
