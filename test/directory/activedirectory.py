#!/usr/bin/python3
"""activedirectory.py SMB_CONF USER_PASSWORD SERVICE_PASSWORD: fills a new domain with the people of Planet Express, offline."""
import sys

import ldb
from samba.auth import system_session
from samba.credentials import Credentials
from samba.param import LoadParm
from samba.samdb import SamDB
from samba.sd_utils import SDUtils

configuration, user_password, service_password = sys.argv[1:]
parameters = LoadParm()
parameters.load(configuration)
credentials = Credentials()
credentials.guess(parameters)
directory = SamDB(session_info=system_session(), credentials=credentials, lp=parameters)
base = str(directory.domain_dn())
PAST = 132000000000000000

directory.create_ou("OU=people," + base)
directory.create_ou("OU=groups," + base)


def user(name, given, surname, must_change=False):
    directory.newuser(name, user_password, userou="OU=people", givenname=given, surname=surname, mailaddress=name + "@planetexpress.com",
                      force_password_change_at_next_login_req=must_change, useusernameascn=False)


def entry(name):
    return directory.search(base, expression="(sAMAccountName=%s)" % name, attrs=["cn"])[0].dn


def modify(name, database=directory, **attributes):
    message = ldb.Message(entry(name))
    for attribute, value in attributes.items():
        message[attribute] = ldb.MessageElement(str(value), ldb.FLAG_MOD_REPLACE, attribute)
    database.modify(message)


for name, given, surname in [("fry", "Philip", "Fry"), ("leela", "Turanga", "Leela"), ("bender", "Bender", "Rodriguez"), ("amy", "Amy", "Wong"),
                             ("hermes", "Hermes", "Conrad"), ("kif", "Kif", "Kroker"), ("scruffy", "Scruffy", "Janitor"), ("lrrr", "Lrrr", "Omicron"),
                             ("nibbler", "Lord", "Nibbler"), ("cubert", "Cubert", "Farnsworth")]:
    user(name, given, surname)
user("zoidberg", "John", "Zoidberg", must_change=True)
directory.newuser("service", service_password)

for group in ("ship_crew", "ship", "staff", "admin_staff", "everyone_below"):
    directory.newgroup(group, groupou="OU=groups")
# ship_crew is in staff; amy is in a group that is named like the beginning of another.
directory.add_remove_group_members("ship_crew", ["fry", "leela", "bender"], add_members_operation=True)
directory.add_remove_group_members("staff", ["ship_crew", "hermes"], add_members_operation=True)
directory.add_remove_group_members("ship", ["scruffy"], add_members_operation=True)
directory.add_remove_group_members("everyone_below", ["Domain Users"], add_members_operation=True)

modify("fry", uidNumber=12001, gidNumber=12000, unixHomeDirectory="/home/fry", loginShell="/bin/bash")
modify("leela", userPrincipalName="captain@planetexpress.com")
modify("amy", userAccountControl=514)
modify("hermes", accountExpires=PAST)
# What the directory's own modules refuse is written below them: a password that has expired long ago, and the principal name that bender has by
# default, given to somebody else by hand.
partition = ldb.Ldb("tdb://%s/sam.ldb.d/%s.ldb" % (parameters.get("private dir"), base.upper()))
modify("kif", database=partition, pwdLastSet=PAST)
directory.modify_ldif("dn: %s\nchangetype: modify\ndelete: userPrincipalName\n" % entry("bender"))
modify("lrrr", database=partition, userPrincipalName="bender@ad.planetexpress.test")


def hide(name, attribute_id):
    """From the service account, by the attribute's schemaIDGUID."""
    service = directory.search(base, expression="(sAMAccountName=service)", attrs=["objectSid"])[0]["objectSid"][0]
    SDUtils(directory).dacl_add_ace(entry(name), "(OD;;RP;%s;;%s)" % (attribute_id, directory.schema_format_value("objectSid", service).decode()))


# objectGUID of the one, objectSid of the other.
hide("nibbler", "bf9679e7-0de6-11d0-a285-00aa003049e2")
hide("cubert", "bf9679e8-0de6-11d0-a285-00aa003049e2")
