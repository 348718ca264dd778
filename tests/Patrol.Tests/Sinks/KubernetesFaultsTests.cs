using Patrol.Cli.Failures;
using Patrol.Cli.Sinks;
using Patrol.Tests.Kit;
using Patrol.Tests.Kit.Renewal;

namespace Patrol.Tests.Sinks;

/// <summary>Clusters that answer what they should not, and kubeconfigs that cannot be meant.</summary>
public sealed class KubernetesFaultsTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private FakeCluster cluster = null!;

    public async ValueTask InitializeAsync()
    {
        cluster = await FakeCluster.Start();
        cluster.Change(FakeStage.Old);
    }

    public async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync();
        folder.Dispose();
    }

    [Theory]
    [InlineData("<html>sign in</html>"), InlineData(""), InlineData("[]"), InlineData("null"), InlineData("{\"data\": {\"token\": \"b2xk\"}}")]
    [InlineData("{\"metadata\": null, \"data\": {\"token\": \"b2xk\"}}"), InlineData("{\"metadata\": {\"resourceVersion\": 7}, \"data\": {\"token\": \"b2xk\"}}")]
    [InlineData("{\"metadata\": {\"resourceVersion\": null}, \"data\": {\"token\": \"b2xk\"}}"), InlineData("{\"metadata\": {\"resourceVersion\": \"7\"}, \"data\": {\"token\": \"%%%\"}}")]
    [InlineData("{\"metadata\": {\"resourceVersion\": \"7\"}, \"data\": {\"token\": null}}"), InlineData("{\"metadata\": {\"resourceVersion\": \"7\"}, \"data\": {\"token\": 7}}")]
    public async Task An_answer_that_is_no_secret_is_refused_with_the_holders_name(string answer)
    {
        cluster.Kubeconfig(folder);
        cluster.Instead = answer;
        await using var sink = new KubernetesSecretSink(Kubeconfig.Read(folder["kubeconfig"], null, _ => null), null, "gitlab", "token");
        var failure = await Assert.ThrowsAsync<CliFailure>(() => sink.Check(default));
        Assert.Equal(ExitCode.SomeRefused, failure.Code);
        Assert.StartsWith("token of the Secret exastro/gitlab in 127.0.0.1:", failure.Message, StringComparison.Ordinal);
        Assert.Contains("is no Secret as Kubernetes shows it", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("certificate-authority-data: zzz!", null), InlineData("certificate-authority-data: eno=", null), InlineData("certificate-authority: nope.pem", null)]
    [InlineData(null, "tokenFile: nope"), InlineData(null, "token: \"a\\nb\""), InlineData(null, "client-certificate-data: eno=, client-key-data: eno=")]
    public void A_kubeconfig_that_cannot_be_meant_is_wrong_usage(string? trust, string? user)
    {
        var path = cluster.Kubeconfig(folder, trust, user);
        var failure = Assert.Throws<CliFailure>(() => Kubeconfig.Read(path, null, _ => null));
        Assert.Equal(ExitCode.WrongUsage, failure.Code);
        Assert.StartsWith($"{path}: ", failure.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData("k8s.example.com:6443"), InlineData("not a url"), InlineData("ftp://k8s.example.com"), InlineData("")]
    public async Task A_server_that_is_no_address_is_wrong_usage(string server)
    {
        var path = cluster.Kubeconfig(folder);
        await File.WriteAllTextAsync(path, System.Text.RegularExpressions.Regex.Replace(await File.ReadAllTextAsync(path), "server: \"[^\"]*\"", $"server: \"{server}\""));
        var failure = Assert.Throws<CliFailure>(() => Kubeconfig.Read(path, null, _ => null));
        Assert.Equal((ExitCode.WrongUsage, $"{path}: the cluster's server is no address such as https://k8s.example.com:6443."), (failure.Code, failure.Message));
    }

    [Fact]
    public async Task A_cluster_that_turns_strange_after_the_token_is_made_leaves_a_run_to_go_on_with()
    {
        await using var stage = await FakeStage.Set();
        stage.Holders.Add($"kubernetes: {{kubeconfig: {cluster.Kubeconfig(folder)}, secret: gitlab, key: token}}");
        stage.GitLab.Fault = asked =>
        {
            if (asked == "POST personal_access_tokens")
                cluster.Instead = "<html>sign in</html>";
            return null;
        };
        var run = await stage.Renew();
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("app: unfinished", run.Output, StringComparison.Ordinal);
        Assert.Contains("is no Secret as Kubernetes shows it", run.Output, StringComparison.Ordinal);
        Assert.Contains("is not in every holder yet. When the cause is gone: patrol renew resume", run.Output, StringComparison.Ordinal);
        cluster.Instead = null;
        Assert.Equal(1, (await stage.Run("resume", "--journal", stage.Journal)).ExitCode);
        Assert.Equal(FakeStage.Old, cluster.Value);
        stage.Untouched();
    }
}
