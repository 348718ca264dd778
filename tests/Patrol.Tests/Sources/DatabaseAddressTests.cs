using Npgsql;
using Patrol.Cli.Failures;
using Patrol.Cli.Sources.GitLabDatabase;
using Patrol.Tests.Kit;
using Patrol.Tests.Kit.GitLab;

namespace Patrol.Tests.Sources;

/// <summary>How a GitLab database is named, as PostgreSQL's own programs take it.</summary>
public sealed class DatabaseAddressTests
{
    [Theory]
    [InlineData("host=db dbname=gitlab user=git port=6432")]
    [InlineData("host = db  dbname = 'gitlab'\tuser=\\git port='6432'")]
    [InlineData("postgresql:///gitlab?host=db&port=6432&user=git")]
    [InlineData("postgres://git@db:6432/gitlab")]
    [InlineData("Host=db;Port=6432;Username=git;Database=gitlab")]
    [InlineData("user=git dbname=gitlab client_encoding=UTF8 keepalives=1 gssencmode=disable channel_binding=prefer", "PGHOST=db", "PGPORT=6432")]
    public void Words_addresses_and_variables_say_the_same(string text, params string[] variables)
    {
        var read = Read(text, variables);
        Assert.Equal(("db", 6432, "git", "gitlab"), (read.Host, read.Port, read.Username, read.Database));
    }

    [Fact]
    public void A_quoted_value_may_hold_blanks_quotes_and_backslashes() =>
        Assert.Equal(@"a b'c\d", Read(@"host=db dbname='a b\'c\\d' user=git").Database);

    [Theory]
    [InlineData("host=db dbname=gitlab sslmode=verify-full", SslMode.VerifyFull)]
    [InlineData("postgres://db/gitlab?sslmode=verify-ca", SslMode.VerifyCA)]
    [InlineData("host=db dbname=gitlab sslmode='require'", SslMode.Require)]
    [InlineData("host=db dbname=gitlab sslrootcert=system", SslMode.VerifyFull)]
    [InlineData("host=db dbname=gitlab", SslMode.VerifyFull, "PGSSLMODE=verify-full")]
    [InlineData("postgres://db/gitlab?sslmode=disable", SslMode.Disable, "PGSSLMODE=verify-full")]
    public void Who_demands_a_checked_certificate_gets_the_check(string text, SslMode mode, params string[] variables) =>
        Assert.Equal(mode, Read(text, variables).SslMode);

    [Theory]
    [InlineData("host=a,b port=1,2 dbname=gitlab", "a:1,b:2")]
    [InlineData("host=a,b port=,2 dbname=gitlab", "a:5432,b:2")]
    [InlineData("postgres://a:1,b:2/gitlab", "a:1,b:2")]
    [InlineData("postgres://a,[::1]:2/gitlab", "a:5432,[::1]:2")]
    [InlineData("host=a,b port=6432 dbname=gitlab", "a,b")]
    [InlineData("dbname=gitlab", "a:1,b:2", "PGHOST=a,b", "PGPORT=1,2")]
    [InlineData("Host=a:1,b:2;Database=gitlab", "a:1,b:2")]
    public void Of_several_hosts_each_has_its_port(string text, string hosts, params string[] variables) => Assert.Equal(hosts, Read(text, variables).Host);

    [Fact]
    public void Variables_say_what_words_do_not()
    {
        string[] variables = ["PGSERVICEFILE=/nowhere", "PGGSSENCMODE=require", "PGCONNECT_TIMEOUT=7", "PGTARGETSESSIONATTRS=primary", "PGCHANNELBINDING=require"];
        var read = Read("host=db dbname=gitlab connect_timeout=3", variables);
        Assert.Equal((GssEncryptionMode.Require, 3, "primary", ChannelBinding.Require), (read.GssEncryptionMode, read.Timeout, read.TargetSessionAttributes, read.ChannelBinding));
        Assert.Equal((GssEncryptionMode.Disable, 15, null), Read("host=db dbname=gitlab") is var plain ? (plain.GssEncryptionMode, plain.Timeout, plain.TargetSessionAttributes) : default);
    }

    [Theory]
    [InlineData("target_session_attrs=read-write", 0, "Personal access tokens will expire at")]
    [InlineData("target_session_attrs=prefer-standby", 0, "Personal access tokens will expire at")]
    [InlineData("target_session_attrs=standby", 3, "no server there is what target_session_attrs asks for.")]
    [InlineData("gssencmode=require", 4, "Is there a ticket (klist), and does the server offer it?")]
    [InlineData("host=127.0.0.1,127.0.0.1 port={port},1", 0, "Personal access tokens will expire at")]
    [InlineData("host=127.0.0.1,127.0.0.1 port=1,2", 3, "127.0.0.1:1,127.0.0.1:2: connection refused.")]
    public async Task What_is_asked_of_a_server_is_asked(string words, int exitCode, string told)
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        var parts = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        using var folder = new TemporaryFolder();
        var where = $"host={parts.Host} port={parts.Port} user={parts.Username} dbname={parts.Database} {words}".Replace("{port}", $"{parts.Port}", StringComparison.Ordinal);
        var run = await CliProcess.Run(folder.Path, ["dates", "--gitlab-db", where]);
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Contains(told, exitCode == 0 ? run.Good : run.Line(exitCode), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("host=db dbname=gitlab sslmode=verify", "sslmode is one of disable, allow, prefer, require, verify-ca and verify-full")]
    [InlineData("host=db dbname=gitlab sslmode=4", "sslmode is one of")]
    [InlineData("host=db dbname=gitlab", "sslmode is one of", "PGSSLMODE=verify")]
    [InlineData("service=prod", "patrol cannot follow libpq's word service")]
    [InlineData("host=db dbname=gitlab requirepeer=postgres", "libpq's word requirepeer")]
    [InlineData("host=db dbname='gitlab", "cannot be read")]
    [InlineData("host=db dbname", "cannot be read")]
    [InlineData("=db", "cannot be read")]
    [InlineData("host=db dbname=gitlab nonsense=1", "cannot be read")]
    [InlineData("host=db dbname=gitlab port=65536", "--gitlab-db: a port is a number from 1 to 65535.")]
    [InlineData("postgres://postgres@127.0.0.1:99999/g17", "--gitlab-db: a port is a number from 1 to 65535.")]
    [InlineData("postgres://postgres@127.0.0.1:x/g17", "--gitlab-db: a port is a number from 1 to 65535.")]
    [InlineData("Host=db;Port=70000;Database=gitlab", "--gitlab-db: a port is a number from 1 to 65535.")]
    [InlineData("host=db dbname=gitlab", "PGPORT: a port is a number from 1 to 65535.", "PGPORT=70000")]
    [InlineData("host=db dbname=gitlab", "PGPORT: a port is a number from 1 to 65535.", "PGPORT=0")]
    [InlineData("host=db dbname=gitlab", "PGPORT: a port is a number from 1 to 65535.", "PGPORT=abc")]
    [InlineData("host=a,b dbname=gitlab port=1,2,3", "3 ports do not go with 2 hosts: give one port, or one for each host")]
    [InlineData("host=a, dbname=gitlab port=1,2", "a host has no name")]
    [InlineData("host=/run/a,b dbname=gitlab port=1,2", "none may be a socket's folder")]
    [InlineData("host=db dbname=gitlab", "PGSERVICE is set, which patrol cannot follow: unset it, and say in --gitlab-db what it stands for.", "PGSERVICE=prod", "PGSERVICEFILE=x")]
    [InlineData("host=db dbname=gitlab", "PGSSLMINPROTOCOLVERSION is set", "PGSSLMINPROTOCOLVERSION=TLSv1.3")]
    [InlineData("host=db dbname=gitlab", "PGCHANNELBINDING cannot be read", "PGCHANNELBINDING=maybe")]
    public void What_cannot_be_followed_is_refused(string text, string told, params string[] variables) =>
        Assert.Contains(told, Assert.Throws<CliFailure>(() => Read(text, variables)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Port_and_host_come_from_the_variables_of_PostgreSQL()
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        var parts = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        using var folder = new TemporaryFolder();
        var run = await CliProcess.Run(
            folder.Path, ["dates", "--gitlab-db", $"dbname = '{parts.Database}'"], "", $"PGHOST={parts.Host}", $"PGPORT={parts.Port}", $"PGUSER={parts.Username}");
        Assert.NotEmpty(run.Good);
    }

    private static NpgsqlConnectionStringBuilder Read(string text, params string[] variables) => DatabaseAddress.Read(
        text, isPublic: true, name => variables.FirstOrDefault(variable => variable.StartsWith($"{name}=", StringComparison.Ordinal))?[(name.Length + 1)..]);
}
