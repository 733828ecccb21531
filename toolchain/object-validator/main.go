// Command object-validator judges objects as the API server of Kubernetes does before it stores them: it decodes each strictly, sets
// defaults, and validates. It holds the pods of a Deployment to the Pod Security Standard that their namespace enforces.
//
// It reads a JSON array of objects, and fails with what is wrong with them.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/api/pod"
	"k8s.io/kubernetes/pkg/apis/apps"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	appsvalidation "k8s.io/kubernetes/pkg/apis/apps/validation"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/apis/networking"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	networkingvalidation "k8s.io/kubernetes/pkg/apis/networking/validation"
	policyobjects "k8s.io/kubernetes/pkg/apis/policy"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	policyvalidation "k8s.io/kubernetes/pkg/apis/policy/validation"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

func main() {
	var texts []json.RawMessage
	if err := json.NewDecoder(os.Stdin).Decode(&texts); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	problems := judge(texts)
	for _, problem := range problems {
		fmt.Fprintln(os.Stderr, problem)
	}
	if len(problems) > 0 {
		os.Exit(1)
	}
}

func judge(texts []json.RawMessage) (problems []error) {
	decoder := serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict).UniversalDecoder()
	var objects []runtime.Object
	levels := map[string]api.Level{}
	for _, text := range texts {
		object, _, err := decoder.Decode(text, nil, nil)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		objects = append(objects, object)
		if namespace, ok := object.(*core.Namespace); ok {
			levels[namespace.Name] = api.Level(namespace.Labels[api.EnforceLevelLabel])
		}
	}
	for _, object := range objects {
		for _, err := range validate(object) {
			problems = append(problems, fmt.Errorf("%T: %w", object, err))
		}
		if deployment, ok := object.(*apps.Deployment); ok {
			problems = append(problems, judgePods(deployment, levels[deployment.Namespace])...)
		}
	}
	return problems
}

// validate returns what the API server would refuse a request to create the object for.
func validate(object runtime.Object) field.ErrorList {
	if fields, err := meta.Accessor(object); err != nil {
		return field.ErrorList{field.InternalError(nil, err)}
	} else if _, ok := object.(*core.Namespace); !ok && fields.GetNamespace() == "" {
		fields.SetNamespace(core.NamespaceDefault) // as the address of a request does
	}
	switch object := object.(type) {
	case *core.Namespace:
		return corevalidation.ValidateNamespace(object)
	case *core.ServiceAccount:
		return corevalidation.ValidateServiceAccount(object)
	case *core.ConfigMap:
		return corevalidation.ValidateConfigMap(object)
	case *core.Secret:
		return corevalidation.ValidateSecret(object)
	case *core.Service:
		return corevalidation.ValidateServiceCreate(object)
	case *apps.Deployment:
		return appsvalidation.ValidateDeployment(object, pod.GetValidationOptionsFromPodTemplate(&object.Spec.Template, nil))
	case *policyobjects.PodDisruptionBudget:
		return policyvalidation.ValidatePodDisruptionBudget(object, policyvalidation.PodDisruptionBudgetValidationOptions{})
	case *networking.NetworkPolicy:
		return networkingvalidation.ValidateNetworkPolicy(object, networkingvalidation.NetworkPolicyValidationOptions{})
	default:
		return field.ErrorList{field.InternalError(nil, errors.New("nothing here validates it"))}
	}
}

// judgePods returns what the Pod Security Standard of a level forbids. No level forbids nothing.
func judgePods(deployment *apps.Deployment, level api.Level) (problems []error) {
	if level == "" {
		return nil
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		return []error{err}
	}
	var template corev1.PodTemplateSpec
	if err := legacyscheme.Scheme.Convert(&deployment.Spec.Template, &template, nil); err != nil {
		return []error{err}
	}
	standard := api.LevelVersion{Level: level, Version: api.LatestVersion()}
	for _, result := range evaluator.EvaluatePod(standard, &template.ObjectMeta, &template.Spec) {
		if !result.Allowed {
			problems = append(problems, fmt.Errorf("%s forbids %s: %s", level, result.ForbiddenReason, result.ForbiddenDetail))
		}
	}
	return problems
}
