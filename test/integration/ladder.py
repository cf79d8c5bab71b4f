"""The ladder of verification, climbed by a client that is not this project's (boto3), and who may not climb it.

    python ladder.py WORLD      with AWS_ENDPOINT_URL and credentials of the management account in the environment

WORLD is a JSON object: what stands where (see the spec that runs this). Prints one JSON object: `rungs`, what each rung
shows, and `refusals`: who -> what was tried -> AWS's error code, or "allowed". Leaves the accounts as they were.
"""

import contextlib
import json
import os
import sys
import time
import urllib.request
from types import SimpleNamespace

import boto3
from botocore.exceptions import ClientError
from inventory import ROLE, session_in

SECONDS = 120


def session_of(session, role, **arguments):
    credentials = session.client("sts").assume_role(RoleArn=role, RoleSessionName="ladder", **arguments)["Credentials"]
    return session_with(credentials, credentials["SessionToken"])


def session_with(credentials, token):
    return boto3.Session(
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=token,
    )


def as_quick(data_source):
    """Role B's credentials as Quick has them: the one thing that no AWS client can ask for."""
    with open(os.path.join(os.environ["ATHENA_SPOKES_SANDBOX"], "sandbox.json"), encoding="utf8") as file:
        secret = json.load(file)["secret"]
    asked = urllib.request.Request(
        os.environ["AWS_ENDPOINT_URL"] + "/_sandbox/quick",
        data=json.dumps({"dataSource": data_source, "scopedDown": True}).encode(),
        headers={"Authorization": secret},
    )
    with urllib.request.urlopen(asked) as answer:
        credentials = json.load(answer)
    return session_with(credentials, credentials["Token"])


class Queries:
    """Queries of one session, whose results the owner of the bucket removes in the end."""

    def __init__(self, session, owner, undo, **where):
        self.athena = session.client("athena")
        self.s3 = owner.client("s3")
        self.undo = undo
        self.where = where

    def rows(self, sql):
        """The result, an object a row. Leaves the query's id in `query`, and where its file is in `file`."""
        query = self.athena.start_query_execution(QueryString=sql, **self.where)["QueryExecutionId"]
        execution = self.ended(query)
        bucket, key = execution["ResultConfiguration"]["OutputLocation"].removeprefix("s3://").split("/", 1)
        for name in (key, key + ".metadata"):
            self.undo.callback(self.s3.delete_object, Bucket=bucket, Key=name)
        if execution["Status"]["State"] != "SUCCEEDED":
            raise RuntimeError(f"{sql}: {execution['Status']}")
        self.query = query
        self.file = {"Bucket": bucket, "Key": key}
        names, *rows = [
            [datum.get("VarCharValue") for datum in row["Data"]]
            for page in self.athena.get_paginator("get_query_results").paginate(QueryExecutionId=query)
            for row in page["ResultSet"]["Rows"]
        ]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def ended(self, query):
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            execution = self.athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                return execution
            time.sleep(0.1)
        raise TimeoutError(f"query {query} has not ended within {SECONDS} s")



def rungs(world, as_them, analyst, quick, undo):
    music = f'SELECT * FROM "{world.catalog}"."default"."music" ORDER BY artist, songtitle'
    join = (
        f'SELECT o.order_id, o.quantity, m.songtitle, m.awards FROM "AwsDataCatalog"."{world.database}"."orders" o '
        f'JOIN "{world.catalog}"."default"."music" m ON m.artist = o.artist ORDER BY o.order_id, m.songtitle'
    )
    own = Queries(
        as_them["producer"],
        as_them["producer"],
        undo,
        WorkGroup="primary",
        ResultConfiguration={"OutputLocation": f"s3://{world.spill_bucket}/ladder/"},
    )
    statements = json.loads(as_them["producer"].client("lambda").get_policy(FunctionName=world.connector)["Policy"])
    catalog = as_them["spoke"].client("athena").get_data_catalog(Name=world.catalog)["DataCatalog"]
    tables = lambda session: [
        table["Name"]
        for table in session.client("athena").list_table_metadata(CatalogName=world.catalog, DatabaseName="default")[
            "TableMetadataList"
        ]
    ]
    source = as_them["hub"].client("quicksight").describe_data_source(
        AwsAccountId=world.hub, DataSourceId=world.data_source.split("/")[-1]
    )["DataSource"]
    of_analyst = Queries(analyst, as_them["spoke"], undo, WorkGroup=world.workgroup)
    of_quick = Queries(quick, as_them["spoke"], undo, WorkGroup=world.workgroup)
    shown = {
        "connector in the producer": own.rows(music),
        "permission of the function": sorted(statement["Sid"] for statement in statements["Statement"]),
        "catalog": {"type": catalog["Type"], "parameters": catalog["Parameters"]},
        "tables": tables(analyst),
        "analyst": of_analyst.rows(music),
        "join": of_analyst.rows(join),
        "data source": {"status": source["Status"], "parameters": source["DataSourceParameters"]},
        "browsing as Quick": {
            "databases": [
                database["Name"]
                for database in quick.client("athena").list_databases(CatalogName=world.catalog)["DatabaseList"]
            ],
            "tables": tables(quick),
        },
        "Quick": of_quick.rows(music),
        "join as Quick": of_quick.rows(join),
    }
    return shown, of_analyst


def outcome(call):
    """AWS's error code, or "allowed"."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "allowed"


def probes(world, session, queries, key):
    """What nobody but the chain's own roles may do, as name -> call."""
    athena, s3, glue = session.client("athena"), session.client("s3"), session.client("glue")
    function, dynamodb, kms = session.client("lambda"), session.client("dynamodb"), session.client("kms")
    sts, quicksight, iam = session.client("sts"), session.client("quicksight"), session.client("iam")
    connector = f"arn:aws:lambda:{world.region}:{world.producer}:function:{world.connector}"
    table = f"arn:aws:dynamodb:{world.region}:{world.producer}:table/Music"
    item = {"Artist": {"S": "Acme Band"}, "SongTitle": {"S": "Happy Day"}}
    assume = lambda role, **more: lambda: sts.assume_role(RoleArn=role, RoleSessionName="ladder", **more)
    source = {"AwsAccountId": world.hub, "DataSourceId": world.data_source.split("/")[-1]}
    orders = {"CatalogId": world.spoke, "DatabaseName": world.database}
    query, result = queries.query, queries.file
    return {
        "assume Role A": assume(world.role_a),
        "assume Role B": assume(world.role_b),
        "assume Role B with the external id": assume(world.role_b, ExternalId=world.data_source),
        "assume the connector's role": assume(world.connector_role),
        "query": lambda: athena.start_query_execution(QueryString="SELECT 1", WorkGroup=world.workgroup),
        "read a query's rows": lambda: athena.get_query_results(QueryExecutionId=query),
        "stop a query": lambda: athena.stop_query_execution(QueryExecutionId=query),
        "look at the catalog": lambda: athena.get_data_catalog(Name=world.catalog),
        "delete the catalog": lambda: athena.delete_data_catalog(Name=world.catalog),
        "open the workgroup": lambda: athena.update_work_group(
            WorkGroup=world.workgroup, ConfigurationUpdates={"EnforceWorkGroupConfiguration": False}
        ),
        "invoke the connector": lambda: function.invoke(FunctionName=connector, Payload=b"{}"),
        "read the connector's variables": lambda: function.get_function(FunctionName=connector),
        "share the connector": lambda: function.add_permission(
            FunctionName=connector, StatementId="ladder", Action="lambda:InvokeFunction", Principal=world.stranger
        ),
        "read a spilled block": lambda: s3.get_object(Bucket=world.spill_bucket, Key=world.spilled),
        "list what is spilled": lambda: s3.list_objects_v2(Bucket=world.spill_bucket, Prefix="athena-spill/"),
        "spill": lambda: s3.put_object(Bucket=world.spill_bucket, Key=world.spilled, Body=b""),
        "read a result": lambda: s3.get_object(**result),
        "list results": lambda: s3.list_objects_v2(Bucket=result["Bucket"], Prefix="results/"),
        "delete a result": lambda: s3.delete_object(**result),
        "read orders": lambda: s3.get_object(Bucket=world.data_bucket, Key="orders/orders.csv"),
        "open the spill bucket": lambda: s3.delete_bucket_policy(Bucket=world.spill_bucket),
        "look at the orders' table": lambda: glue.get_table(**orders, Name="orders"),
        "list Glue's tables": lambda: glue.get_tables(**orders),
        "drop the orders' table": lambda: glue.delete_table(**orders, Name="orders"),
        "scan the producer's table": lambda: dynamodb.scan(TableName=table),
        "read the producer's item": lambda: dynamodb.get_item(TableName=table, Key=item),
        "write the producer's item": lambda: dynamodb.put_item(TableName=table, Item=item),
        "use a stranger's key": lambda: kms.generate_data_key(KeyId=key, KeySpec="AES_256"),
        "delete a stranger's key": lambda: kms.schedule_key_deletion(KeyId=key),
        "look at the data source": lambda: quicksight.describe_data_source(**source),
        "delete the data source": lambda: quicksight.delete_data_source(**source),
        "list roles": lambda: iam.list_roles(),
        "look at Role B": lambda: iam.get_role(RoleName=world.role_b.split("/")[-1]),
        "loosen Role B": lambda: iam.delete_role_policy(
            RoleName=world.role_b.split("/")[-1], PolicyName="AthenaGlueS3Access"
        ),
    }


# Allowed, and not to be done: the rungs show the one, the other is whose key it is.
NOT_TRIED = {"analyst": "query", "stranger": "delete a stranger's key"}


def climb(world):
    as_them = {who: session_in(getattr(world, who)) for who in ("hub", "producer", "spoke", "neighbour", "stranger")}
    analyst = session_of(as_them["spoke"], world.analyst)
    with contextlib.ExitStack() as undo:
        shown, queries = rungs(world, as_them, analyst, as_quick(world.data_source), undo)
        attempts = {
            "outsider": made_outsider(world, as_them["spoke"], undo),
            "neighbour": as_them["neighbour"],
            "stranger": as_them["stranger"],
            "analyst": analyst,
        }
        key = made_key(world, as_them["stranger"].client("kms"), undo)
        s3 = as_them["producer"].client("s3")
        block = {"Bucket": world.spill_bucket, "Key": world.spilled}
        s3.put_object(**block, Body=b"a block")
        undo.callback(s3.delete_object, **block)
        refusals = {
            who: {
                name: outcome(call)
                for name, call in probes(world, session, queries, key).items()
                if name != NOT_TRIED.get(who)
            }
            for who, session in attempts.items()
        }
        refusals["person of the hub"] = {
            name: outcome(call)
            for name, call in probes(world, as_them["hub"], queries, key).items()
            if name.startswith("assume")
        }
    return {"rungs": shown, "refusals": refusals}


def made_outsider(world, session, undo):
    """A role of the spoke that nothing is granted to."""
    iam = session.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": world.spoke}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="outsider", AssumeRolePolicyDocument=document)["Role"]
    undo.callback(iam.delete_role, RoleName="outsider")
    return session_of(session, role["Arn"])


def made_key(world, kms, undo):
    """A stranger's key, that the neighbour may use by a grant."""
    made = kms.create_key()["KeyMetadata"]
    key = made["Arn"]
    undo.callback(kms.schedule_key_deletion, KeyId=made["KeyId"], PendingWindowInDays=7)
    neighbour = f"arn:aws:iam::{world.neighbour}:role/{ROLE}"
    kms.create_grant(KeyId=key, GranteePrincipal=neighbour, Operations=["GenerateDataKey"])
    return key


if __name__ == "__main__":
    print(json.dumps(climb(SimpleNamespace(**json.loads(sys.argv[1]))), sort_keys=True))
