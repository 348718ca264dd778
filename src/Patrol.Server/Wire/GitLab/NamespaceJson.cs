using System.Text.Json.Serialization;
using Patrol.Server.Groups;

namespace Patrol.Server.Wire.GitLab;

/// <summary>The namespace of a project.</summary>
internal record NamespaceJson
{
    public NamespaceJson(Namespace shown, string publicUrl)
    {
        Id = shown.Id;
        Name = shown.Name;
        Path = shown.Path;
        Kind = shown.OwnerId is null ? "group" : "user";
        FullPath = shown.FullPath;
        ParentId = shown.ParentId;
        WebUrl = $"{publicUrl}/{(shown.OwnerId is null ? "groups/" : "")}{shown.FullPath}";
    }

    [JsonPropertyOrder(-9)]
    public long Id { get; }
    [JsonPropertyOrder(-9)]
    public string Name { get; }
    [JsonPropertyOrder(-9)]
    public string Path { get; }
    [JsonPropertyOrder(-9)]
    public string Kind { get; }
    [JsonPropertyOrder(-9)]
    public string FullPath { get; }
    [JsonPropertyOrder(-9)]
    public long? ParentId { get; }
    [JsonPropertyOrder(-9)]
    public string? AvatarUrl => null;
    [JsonPropertyOrder(-9)]
    public string WebUrl { get; }
}

/// <summary>A namespace on its own or in a list.</summary>
internal sealed record NamespaceDetailJson : NamespaceJson
{
    public NamespaceDetailJson(VisibleNamespace shown, string publicUrl)
        : base(shown.Namespace, publicUrl) => MembersCountWithDescendants = shown.Members;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? MembersCountWithDescendants { get; }
}

/// <summary>Whether a path is taken. GitLab suggests others then; here none are thought out.</summary>
internal sealed record NamespaceExistsJson(bool Exists, string[] Suggests);
