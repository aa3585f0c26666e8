"""The application's database role, the same on both engines: it owns its database and is no superuser."""

from __future__ import annotations

from tests.e2e.docker_stack import DockerStack
from tests.e2e.live import LiveStack

ATTRIBUTES = (
    "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user"
)


def as_superuser(stack: LiveStack) -> tuple[str, ...]:
    """psql's arguments for the superuser, who gets in by the server's own socket alone."""
    socket = () if isinstance(stack, DockerStack) else ("-h", str(stack.places.run))
    return ("run", "db", "--", "psql", "-XqAt", *socket, "-U", "postgres", "-d", "postgres")


def test_the_application_is_no_superuser_but_may_create_databases(each: LiveStack) -> None:
    assert each.sql(ATTRIBUTES) == "f|f|f|t"
    assert each.sql("select current_user, current_database()") == "smartmarket|smartmarket"


def test_it_owns_its_database(each: LiveStack) -> None:
    owner = "select pg_get_userbyid(datdba) from pg_database where datname = current_database()"
    assert each.sql(owner) == "smartmarket"
    each.sql("create database made_by_the_application")
    each.sql("drop database made_by_the_application")


def test_row_level_security_holds_for_it(each: LiveStack) -> None:
    each.sql(
        "create table fenced as select 1 as n; alter table fenced enable row level security;"
        "alter table fenced force row level security; create policy none on fenced using (false)"
    )
    assert each.sql("select count(*) from fenced") == "0"
    each.sql("drop table fenced")


def test_a_sql_prompt_sees_the_rows_of_every_business(each: LiveStack) -> None:
    assert each.sql("show app.business_id") == "*"
    assert each.smctl("psql", "--", "-XAt", stdin="show app.business_id").out == "*\n"


def test_web_and_worker_are_this_role_and_are_told_to_use_row_level_security(each: LiveStack) -> None:
    code = "import os; from django.db import connection as c; k = c.cursor(); "
    code += "k.execute('select current_user'); print(k.fetchone()[0], os.environ['TENANT_RLS'])"
    for service in ("web", "worker"):
        done = each.smctl("run", service, "--", "python", "manage.py", "shell", "-c", code)
        assert done.out.splitlines()[-1] == "smartmarket True", done.err


def test_the_superuser_has_no_password_and_gets_in_by_the_socket_alone(each: LiveStack) -> None:
    password = "select rolpassword is null from pg_authid where rolname = 'postgres'"
    done = each.smctl(*as_superuser(each), "-c", password)
    assert (done.code, done.out) == (0, "t\n"), done.err
    code = "import os, psycopg2 as p; "
    code += "p.connect(os.environ['DATABASE_URL'].replace('smartmarket', 'postgres', 1))"
    refused = each.smctl("run", "web", "--", "python", "-c", code)
    assert refused.code != 0 and "password authentication failed" in refused.err


def test_a_role_that_lost_its_rights_is_mended_with_its_password(each: LiveStack) -> None:
    env = each.root / ".env"
    before = env.read_text()
    spoilt = each.smctl(*as_superuser(each), "-c", "alter role smartmarket nocreatedb superuser")
    assert spoilt.code == 0, spoilt.err
    changed = [
        'POSTGRES_PASSWORD=it\'s "quite" new \\ :দ' if line.startswith("POSTGRES_PASSWORD=") else line
        for line in before.splitlines()
    ]
    env.write_text("\n".join(changed) + "\n")
    each.up()
    assert each.sql(ATTRIBUTES) == "f|f|f|t"
    assert each.health().status == 200


def test_data_whose_superuser_is_the_application_is_refused_with_the_way_out(each: LiveStack) -> None:
    """As an older smctl made it: there is no role postgres."""
    renamed = "create role other superuser login; alter role other createdb"
    assert each.smctl(*as_superuser(each), "-c", renamed).code == 0
    words = [word if word != "postgres" else "other" for word in as_superuser(each)[:-1]]
    assert each.smctl(*words, "postgres", "-c", "alter role postgres rename to older").code == 0
    password = each.root / ".env"
    password.write_text(password.read_text().replace("POSTGRES_PASSWORD=", "POSTGRES_PASSWORD=x", 1))
    refused = each.smctl("up", "--json")
    assert refused.code == 3, refused.out
    assert 'role "postgres" does not exist' in refused.json["error"]["why"]
    assert "smctl down --volumes" in refused.json["error"]["fix"]
