using Patrol.Cli.Failures;
using Patrol.Cli.Sinks;
using Patrol.Core.Tokens;
using Patrol.Tests.Kit;
using Patrol.Tests.Kit.Renewal;

namespace Patrol.Tests.Sinks;

/// <summary>Who trusts whom, as a kubeconfig says it.</summary>
public sealed class KubernetesTlsTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private FakeCluster cluster = null!;

    public async ValueTask InitializeAsync()
    {
        cluster = await FakeCluster.Start();
        cluster.Change("glpat-oldoldoldoldoldoldol");
    }

    public async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync();
        folder.Dispose();
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task A_client_certificate_signs_in_from_the_file_itself_or_from_files_beside_it(bool inside)
    {
        var (certificate, key) = cluster.Client();
        await File.WriteAllTextAsync(folder["client.pem"], certificate);
        await File.WriteAllTextAsync(folder["client.key"], key);
        await File.WriteAllTextAsync(folder["ca.pem"], cluster.Authority);
        cluster.Kubeconfig(
            folder, inside ? null : "certificate-authority: ca.pem",
            inside ? $"client-certificate-data: {FakeCluster.Base64(certificate)}, client-key-data: {FakeCluster.Base64(key)}" : "client-certificate: client.pem, client-key: client.key");
        await Renewed();
    }

    [Fact]
    public async Task A_certificate_of_a_strange_client_is_not_let_in()
    {
        using var stranger = new TestAuthority();
        var (certificate, key) = stranger.OfClient();
        cluster.Kubeconfig(folder, null, $"client-certificate-data: {FakeCluster.Base64(certificate)}, client-key-data: {FakeCluster.Base64(key)}");
        await Assert.ThrowsAsync<CliFailure>(Renewed);
        Assert.Equal("glpat-oldoldoldoldoldoldol", cluster.Value);
    }

    [Theory, InlineData("certificate-authority-data: STRANGER"), InlineData("namespace: x")]
    public async Task A_cluster_that_its_authority_does_not_vouch_for_gets_no_token(string trust)
    {
        using var stranger = new TestAuthority();
        cluster.Kubeconfig(folder, trust.Replace("STRANGER", FakeCluster.Base64(stranger.Pem), StringComparison.Ordinal));
        var failure = await Assert.ThrowsAsync<CliFailure>(Renewed);
        Assert.Equal(ExitCode.Unreachable, failure.Code);
        Assert.StartsWith("Cannot reach the cluster at 127.0.0.1:", failure.Message, StringComparison.Ordinal);
        Assert.Equal("glpat-oldoldoldoldoldoldol", cluster.Value);
    }

    [Fact]
    public async Task Verification_is_skipped_only_where_the_file_says_so()
    {
        cluster.Kubeconfig(folder, "insecure-skip-tls-verify: true");
        await Renewed();
    }

    [Fact]
    public async Task A_token_can_stand_in_a_file()
    {
        await File.WriteAllTextAsync(folder["token"], $"{FakeCluster.Token}\n");
        cluster.Kubeconfig(folder, null, "tokenFile: token");
        await Renewed();
    }

    private async Task Renewed()
    {
        await using var sink = new KubernetesSecretSink(Kubeconfig.Read(folder["kubeconfig"], null, _ => null), null, "gitlab", "token");
        var held = await sink.Check(default);
        await sink.Store(held, new Secret("glpat-newnewnewnewnewnewne"), default);
        Assert.Equal("glpat-newnewnewnewnewnewne", cluster.Value);
    }
}
