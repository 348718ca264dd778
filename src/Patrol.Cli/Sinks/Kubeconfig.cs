using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Patrol.Cli.Config;
using Patrol.Cli.Failures;

namespace Patrol.Cli.Sinks;

/// <summary>
/// How to reach a cluster, out of a kubeconfig: server, authority, and a token or client certificate. Programs that make tokens
/// (<c>exec</c>) and providers are left to <c>kubectl</c>, with a command as the holder.
/// </summary>
internal sealed record Kubeconfig(Uri Server, X509Certificate2? Authority, bool SkipsVerification, string? Token, X509Certificate2? Certificate, string? Namespace)
{
    private const string ServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>Reads the file that was named, that of <c>KUBECONFIG</c>, or <c>~/.kube/config</c>; inside a cluster without one, the pod's account.</summary>
    public static Kubeconfig Read(string? file, string? context, Func<string, string?> variable)
    {
        var path = file ?? (variable("KUBECONFIG") is { Length: > 0 } listed ? listed.Split(Path.PathSeparator)[0] : Path.Combine(variable("HOME") ?? "", ".kube", "config"));
        var host = file is null && !File.Exists(path) ? variable("KUBERNETES_SERVICE_HOST") : null;
        var place = host is { Length: > 0 } ? ServiceAccount : path;
        try
        {
            return host is { Length: > 0 } ? OfPod(host, variable("KUBERNETES_SERVICE_PORT"))
                : File.Exists(path) ? Of(path, context) : throw CliFailure.Usage($"{path} does not exist.");
        }
        // What a file should hold and does not: an address, base64, PEM. Their messages may quote it, so they are not shown.
        catch (Exception fault) when (fault is FormatException or CryptographicException or ArgumentException)
        {
            throw CliFailure.Usage($"{place}: a certificate or key of the context {context ?? "that is current"} is not as it should be (PEM, in base64 where the name ends in -data).");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw CliFailure.Usage($"{place}: a file that is needed cannot be read: {fault.Message}");
        }
    }

    private static Kubeconfig Of(string path, string? context)
    {
        var root = YamlTree.Read(path);
        var name = context ?? root["current-context"]?.Text ?? throw CliFailure.Usage($"{path} has no current-context; name one with 'context'.");
        var chosen = Named(root["contexts"], name, path)["context"] ?? throw Missing(path, name);
        var cluster = Named(root["clusters"], chosen["cluster"]?.Text, path)["cluster"] ?? throw Missing(path, name);
        var user = Named(root["users"], chosen["user"]?.Text, path)["user"];
        if (user?["exec"] is not null || user?["auth-provider"] is not null)
            throw CliFailure.Usage($"{path}: the user of context {name} signs in with a program. Use a command as the holder: kubectl can patch the Secret from standard input.");
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var token = user?["token"]?.Text ?? (user?["tokenFile"]?.Text is { } tokenFile ? File.ReadAllText(Path.Combine(folder, tokenFile)).Trim() : null);
        var certificate = Pem(user, "client-certificate", folder);
        return new Kubeconfig(
            Address(cluster["server"]?.Text ?? throw Missing(path, name), path),
            Pem(cluster, "certificate-authority", folder) is { } authority ? X509Certificate2.CreateFromPem(authority) : null,
            cluster["insecure-skip-tls-verify"]?.Text == "true", Plain(token, path),
            certificate is not null && Pem(user, "client-key", folder) is { } key ? X509Certificate2.CreateFromPem(certificate, key) : null,
            chosen["namespace"]?.Text);
    }

    private static Kubeconfig OfPod(string host, string? port) => new(
        new Uri($"https://{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port ?? "443"}/"), X509Certificate2.CreateFromPem(File.ReadAllText(Path.Combine(ServiceAccount, "ca.crt"))), false,
        File.ReadAllText(Path.Combine(ServiceAccount, "token")).Trim(), null, File.ReadAllText(Path.Combine(ServiceAccount, "namespace")).Trim());

    private static Uri Address(string text, string path) => Uri.TryCreate($"{text.Trim().TrimEnd('/')}/", UriKind.Absolute, out var address) && address.Scheme is "https" or "http" && address.Host.Length > 0
        ? address : throw CliFailure.Usage($"{path}: the cluster's server is no address such as https://k8s.example.com:6443.");

    // It becomes a line of the request.
    private static string? Plain(string? token, string path) => token is null || token.All(letter => letter is > ' ' and <= '~') ? token
        : throw CliFailure.Usage($"{path}: the user's token has blanks, line breaks or other characters that no token has.");

    private static string? Pem(YamlTree? node, string key, string folder) =>
        node?[$"{key}-data"]?.Text is { } data ? System.Text.Encoding.ASCII.GetString(Convert.FromBase64String(data))
        : node?[key]?.Text is { } file ? File.ReadAllText(Path.Combine(folder, file)) : null;

    private static YamlTree Named(YamlTree? list, string? name, string path) =>
        list?.Items.FirstOrDefault(item => item["name"]?.Text == name) ?? throw CliFailure.Usage($"{path} has nothing called '{name}' where it should.");

    private static CliFailure Missing(string path, string context) => CliFailure.Usage($"{path}: context {context} is not complete.");
}
