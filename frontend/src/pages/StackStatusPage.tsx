import { BackendLinks } from "../components/BackendLinks";
import { HealthSummary } from "../components/HealthSummary";
import { ReleaseLine } from "../components/ReleaseLine";
import { ServiceList } from "../components/ServiceList";
import { useDocumentTitle } from "../hooks/useDocumentTitle";
import { useHealth } from "../hooks/useHealth";

export function StackStatusPage() {
  useDocumentTitle("stack status");
  const { report, checking, checkNow } = useHealth();

  return (
    <>
      <h1 className="text-2xl font-semibold">SmartMarket: stack status</h1>
      <HealthSummary report={report} checking={checking} onCheck={checkNow} />
      {report.kind === "answer" && (
        <>
          <ServiceList services={report.health.services} />
          <ReleaseLine release={report.health.release} />
        </>
      )}
      <BackendLinks />
    </>
  );
}
