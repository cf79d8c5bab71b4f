"""Everything that is in some accounts, as a client that is not this project's sees it (boto3).

    python inventory.py ACCOUNT...      with AWS_ENDPOINT_URL and credentials of the management account in the environment

Prints one JSON object: account -> kind -> name -> what it is. Times, ids made up by AWS and other things that differ
between two equal states are left out, so that two listings can be compared as they stand.
"""

import json
import sys

import boto3
from botocore.exceptions import ClientError

ROLE = "OrganizationAccountAccessRole"


def session_in(account):
    credentials = boto3.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/{ROLE}", RoleSessionName="inventory"
    )["Credentials"]
    return boto3.Session(
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def pages(client, operation, key, **arguments):
    if client.can_paginate(operation):
        for page in client.get_paginator(operation).paginate(**arguments):
            yield from page[key]
    else:
        yield from getattr(client, operation)(**arguments)[key]


def absent(call, *codes):
    """The call's answer, or None where AWS says that the thing is not there."""
    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] in codes:
            return None
        raise


def tags(pairs, key="Key", value="Value"):
    return {pair[key]: pair[value] for pair in pairs}


def roles(session):
    iam = session.client("iam")
    listed = {}
    for role in pages(iam, "list_roles", "Roles"):
        name = role["RoleName"]
        listed[name] = {
            "arn": role["Arn"],
            "description": role.get("Description"),
            "trust": role["AssumeRolePolicyDocument"],
            "inline": {
                policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
                for policy in pages(iam, "list_role_policies", "PolicyNames", RoleName=name)
            },
            "attached": {
                policy["PolicyName"]: managed(iam, policy["PolicyArn"])
                for policy in pages(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=name)
            },
            "tags": tags(iam.list_role_tags(RoleName=name)["Tags"]),
        }
    return listed


def users(session):
    iam = session.client("iam")
    return {
        user["UserName"]: {
            "inline": {
                policy: iam.get_user_policy(UserName=user["UserName"], PolicyName=policy)["PolicyDocument"]
                for policy in pages(iam, "list_user_policies", "PolicyNames", UserName=user["UserName"])
            },
            "attached": {
                policy["PolicyName"]: managed(iam, policy["PolicyArn"])
                for policy in pages(
                    iam, "list_attached_user_policies", "AttachedPolicies", UserName=user["UserName"]
                )
            },
            "keys": len(iam.list_access_keys(UserName=user["UserName"])["AccessKeyMetadata"]),
            "tags": tags(iam.list_user_tags(UserName=user["UserName"])["Tags"]),
        }
        for user in pages(iam, "list_users", "Users")
    }


def managed(iam, arn):
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


def policies(session):
    iam = session.client("iam")
    return {policy["PolicyName"]: policy["Arn"] for policy in pages(iam, "list_policies", "Policies", Scope="Local")}


def buckets(session):
    s3 = session.client("s3")
    listed = {}
    for bucket in s3.list_buckets()["Buckets"]:
        name = bucket["Name"]
        policy = absent(lambda: s3.get_bucket_policy(Bucket=name)["Policy"], "NoSuchBucketPolicy")
        lifecycle = absent(
            lambda: s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"], "NoSuchLifecycleConfiguration"
        )
        listed[name] = {
            "policy": policy and json.loads(policy),
            "lifecycle": lifecycle,
            "encryption": absent(
                lambda: s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"],
                "ServerSideEncryptionConfigurationNotFoundError",
            ),
            "public_access_block": absent(
                lambda: s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"],
                "NoSuchPublicAccessBlockConfiguration",
            ),
            "objects": sorted(item["Key"] for item in s3.list_objects_v2(Bucket=name).get("Contents", [])),
            "tags": absent(lambda: tags(s3.get_bucket_tagging(Bucket=name)["TagSet"]), "NoSuchTagSet"),
        }
    return listed


def functions(session):
    client = session.client("lambda")
    listed = {}
    for function in pages(client, "list_functions", "Functions"):
        name = function["FunctionName"]
        policy = absent(lambda: client.get_policy(FunctionName=name)["Policy"], "ResourceNotFoundException")
        listed[name] = {
            "role": function["Role"],
            "memory": function["MemorySize"],
            "timeout": function["Timeout"],
            "package": function["PackageType"],
            "variables": function.get("Environment", {}).get("Variables"),
            "statements": sorted(json.loads(policy)["Statement"], key=lambda s: s["Sid"]) if policy else [],
        }
    return listed


def applications(session):
    """Stacks of the Serverless Application Repository."""
    client = session.client("cloudformation")
    return {
        stack["StackName"]: stack["StackStatus"]
        for stack in pages(client, "describe_stacks", "Stacks")
        if stack["StackName"].startswith("serverlessrepo-")
    }


def workgroups(session):
    athena = session.client("athena")
    listed = {}
    for summary in pages(athena, "list_work_groups", "WorkGroups"):
        group = athena.get_work_group(WorkGroup=summary["Name"])["WorkGroup"]
        listed[group["Name"]] = {"state": group["State"], "configuration": group.get("Configuration")}
    return listed


def catalogs(session):
    athena = session.client("athena")
    listed = {}
    for summary in pages(athena, "list_data_catalogs", "DataCatalogsSummary"):
        if summary["CatalogName"] == "AwsDataCatalog":
            continue
        catalog = athena.get_data_catalog(Name=summary["CatalogName"])["DataCatalog"]
        listed[catalog["Name"]] = {"type": catalog["Type"], "parameters": catalog.get("Parameters")}
    return listed


def glue_databases(session):
    glue = session.client("glue")
    return {
        database["Name"]: {
            table["Name"]: table["StorageDescriptor"]["Location"]
            for table in pages(glue, "get_tables", "TableList", DatabaseName=database["Name"])
        }
        for database in pages(glue, "get_databases", "DatabaseList")
    }


def links(session):
    """Databases that lead to those of other accounts."""
    glue = session.client("glue")
    return {
        database["Name"]: database["TargetDatabase"]
        for database in pages(glue, "get_databases", "DatabaseList")
        if "TargetDatabase" in database
    }


def lake_formation(session):
    client = session.client("lakeformation")

    def listed(operation, key, *more):
        entries = (
            [entry["Principal"]["DataLakePrincipalIdentifier"], entry["Resource"], *(sorted(entry[name]) for name in more)]
            for entry in pages(client, operation, key)
        )
        return sorted(entries, key=json.dumps)

    return {
        "locations": {
            location["ResourceArn"]: {"role": location["RoleArn"], "hybrid": location["HybridAccessEnabled"]}
            for location in pages(client, "list_resources", "ResourceInfoList")
        },
        "grants": listed(
            "list_permissions", "PrincipalResourcePermissions", "Permissions", "PermissionsWithGrantOption"
        ),
        "opt_ins": listed("list_lake_formation_opt_ins", "LakeFormationOptInsInfoList"),
    }


def glue_policy(session):
    glue = session.client("glue")
    policy = absent(lambda: glue.get_resource_policy().get("PolicyInJson"), "EntityNotFoundException")
    return policy and json.loads(policy)


def dynamodb_tables(session):
    client = session.client("dynamodb")
    return {
        name: sorted(client.scan(TableName=name)["Items"], key=json.dumps)
        for name in pages(client, "list_tables", "TableNames")
    }


def log_groups(session):
    client = session.client("logs")
    return {
        group["logGroupName"]: group.get("retentionInDays")
        for group in pages(client, "describe_log_groups", "logGroups")
    }


def keys(session):
    """By description, since ids are made up."""
    client = session.client("kms")
    aliases = list(pages(client, "list_aliases", "Aliases"))
    listed = []
    for key in pages(client, "list_keys", "Keys"):
        which = {"KeyId": key["KeyId"]}
        about = client.describe_key(**which)["KeyMetadata"]
        leaving = about["KeyState"] == "PendingDeletion"
        listed.append(
            {
                "description": about["Description"],
                "state": about["KeyState"],
                "days": round((about["DeletionDate"] - about["CreationDate"]).total_seconds() / 86400) if leaving else None,
                "aliases": sorted(alias["AliasName"] for alias in aliases if alias.get("TargetKeyId") == key["KeyId"]),
                "policy": json.loads(client.get_key_policy(**which, PolicyName="default")["Policy"]),
                "rotation": None if leaving else client.get_key_rotation_status(**which)["KeyRotationEnabled"],
                "grants": sorted(
                    (
                        {
                            "name": grant["Name"],
                            "grantee": grant["GranteePrincipal"],
                            "operations": grant["Operations"],
                            "constraints": grant["Constraints"],
                        }
                        for grant in pages(client, "list_grants", "Grants", **which)
                    ),
                    key=lambda grant: grant["name"],
                ),
            }
        )
    return sorted(listed, key=lambda key: key["description"])


def topics(session):
    sns = session.client("sns")
    return {
        topic["TopicArn"].rsplit(":", 1)[1]: {
            "policy": json.loads(sns.get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]["Policy"]),
            "tags": tags(sns.list_tags_for_resource(ResourceArn=topic["TopicArn"])["Tags"]),
        }
        for topic in pages(sns, "list_topics", "Topics")
    }


def rules(session):
    events = session.client("events")
    return {
        rule["Name"]: {
            "pattern": json.loads(rule["EventPattern"]),
            "state": rule["State"],
            "targets": [target["Arn"] for target in pages(events, "list_targets_by_rule", "Targets", Rule=rule["Name"])],
        }
        for rule in pages(events, "list_rules", "Rules")
    }


def alarms(session):
    client = session.client("cloudwatch")
    return {
        alarm["AlarmName"]: {
            "threshold": alarm["Threshold"],
            "actions": alarm["AlarmActions"],
            "workgroups": sorted(
                {
                    dimension["Value"]
                    for dimension in alarm["Dimensions"]
                    if dimension["Name"] == "WorkGroup"
                }
            ),
        }
        for alarm in pages(client, "describe_alarms", "MetricAlarms")
    }


def data_sources(session, account):
    client = session.client("quicksight")
    summaries = absent(
        lambda: client.list_data_sources(AwsAccountId=account)["DataSources"], "UnsupportedUserEditionException"
    )
    listed = {}
    for summary in summaries or []:
        which = {"AwsAccountId": account, "DataSourceId": summary["DataSourceId"]}
        source = client.describe_data_source(**which)["DataSource"]
        listed[source["DataSourceId"]] = {
            "arn": source["Arn"],
            "name": source["Name"],
            "type": source["Type"],
            "status": source["Status"],
            "error": source.get("ErrorInfo"),
            "parameters": source["DataSourceParameters"],
            "permissions": {
                permission["Principal"]: sorted(permission["Actions"])
                for permission in client.describe_data_source_permissions(**which)["Permissions"]
            },
        }
    return listed


def data_sets(session, account):
    client = session.client("quicksight")
    summaries = absent(
        lambda: client.list_data_sets(AwsAccountId=account)["DataSetSummaries"], "UnsupportedUserEditionException"
    )
    listed = {}
    for summary in summaries or []:
        which = {"AwsAccountId": account, "DataSetId": summary["DataSetId"]}
        data_set = client.describe_data_set(**which)["DataSet"]
        tags = client.list_tags_for_resource(ResourceArn=data_set["Arn"])["Tags"]
        listed[data_set["DataSetId"]] = {
            "name": data_set["Name"],
            "import_mode": data_set["ImportMode"],
            "tables": data_set["PhysicalTableMap"],
            "permissions": {
                permission["Principal"]: sorted(permission["Actions"])
                for permission in client.describe_data_set_permissions(**which)["Permissions"]
            },
            "ingestions": [
                {"status": each["IngestionStatus"], "rows": each.get("RowInfo", {}).get("TotalRowsInDataset")}
                for each in client.list_ingestions(**which)["Ingestions"]
            ],
            "tags": {tag["Key"]: tag["Value"] for tag in tags},
        }
    return listed


def inventory(account):
    session = session_in(account)
    return {
        "roles": roles(session),
        "users": users(session),
        "policies": policies(session),
        "buckets": buckets(session),
        "functions": functions(session),
        "applications": applications(session),
        "keys": keys(session),
        "workgroups": workgroups(session),
        "catalogs": catalogs(session),
        "databases": glue_databases(session),
        "links": links(session),
        "lake_formation": lake_formation(session),
        "glue_policy": glue_policy(session),
        "tables": dynamodb_tables(session),
        "log_groups": log_groups(session),
        "topics": topics(session),
        "rules": rules(session),
        "alarms": alarms(session),
        "data_sources": data_sources(session, account),
        "data_sets": data_sets(session, account),
    }


if __name__ == "__main__":
    print(json.dumps({account: inventory(account) for account in sys.argv[1:]}, default=str, sort_keys=True))
