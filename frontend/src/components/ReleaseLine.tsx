export function ReleaseLine({ release }: { readonly release: string | null }) {
  return (
    <p className="mt-4 text-sm text-muted">
      Release: {release ? <code className="break-all text-ink">{release}</code> : "not reported"}
    </p>
  );
}
